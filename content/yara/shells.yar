// SPDX-License-Identifier: Apache-2.0
// Programs and scripts that give their shell to somebody far away.

rule script_gives_shell_away
{
    meta:
        description = "Shell script that connects its shell to another host"
        author = "Vedette"
        severity = "high"
        attack = "T1059.004, T1071"
        falsepositives = "Exercises and collections for penetration tests"
    strings:
        $begin = /^#!\s{0,4}\/(usr\/)?bin\/(env\s{1,4})?(ba|da|z|k)?sh/
        $tcp = /(ba|da|z|k)?sh\s{1,4}-i\s{0,4}(>&|>|<|2>&1)[^\n]{0,40}\/dev\/(tcp|udp)\/[0-9A-Za-z.\-$\{\}]{3,64}\/[0-9$]/
        $descriptor = /exec\s{1,4}[0-9]{1,3}<>\s{0,4}\/dev\/(tcp|udp)\/[0-9A-Za-z.\-$\{\}]{3,64}\/[0-9$]/
        $netcat = /\b(nc|ncat|netcat)\b[^\n]{0,60}\s-(e|c)\s{1,4}(\/bin\/)?(ba|da|z)?sh\b/
        $pipe = /mkfifo\s[^\n]{1,80}\bsh\s{1,4}-i[^\n]{0,40}\|\s{0,4}(nc|ncat|netcat|openssl s_client)\b/
    condition:
        filesize < 64KB and $begin at 0 and any of ($tcp, $descriptor, $netcat, $pipe)
}

rule python_gives_shell_away
{
    meta:
        description = "Python script that connects a shell to another host"
        author = "Vedette"
        severity = "high"
        attack = "T1059.006, T1071"
    strings:
        $socket = /(^|\n)[ \t]{0,16}import\s[^\n]{0,60}\bsocket\b/
        $connect = /\.connect\s{0,4}\(\s{0,4}\(/
        $dup = /os\.dup2\s{0,4}\(\s{0,4}[A-Za-z_]{1,20}\.fileno\s{0,4}\(\s{0,4}\)\s{0,4},\s{0,4}[0-9]/
        $pty = /pty\.spawn\s{0,4}\(\s{0,4}\[?\s{0,4}["'](\/bin\/)?(ba|da|z)?sh/
        $call = /subprocess\.(call|run|Popen)\s{0,4}\(\s{0,4}\[\s{0,4}["'](\/bin\/)?(ba|da|z)?sh["']\s{0,4},\s{0,4}["']-i["']/
    condition:
        filesize < 64KB and $socket and $connect and $dup and ($pty or $call)
}

rule perl_gives_shell_away
{
    meta:
        description = "Perl script that connects a shell to another host"
        author = "Vedette"
        severity = "high"
        attack = "T1059, T1071"
    strings:
        $use = /use\s{1,4}(IO::)?Socket\b/
        $stdin = /open\s{0,4}\(\s{0,4}STDIN\s{0,4},\s{0,4}["'][<>]&/
        $fdopen = /STDIN\s{0,4}->\s{0,4}fdopen\s{0,4}\(/
        $exec = /exec\s{0,4}[({]?\s{0,4}["'](\/bin\/)?(ba|da|z)?sh(\s{1,4}-i)?["']/
    condition:
        filesize < 64KB and $use and ($stdin or $fdopen) and $exec
}

rule elf_stager
{
    meta:
        description = "Tiny ELF program that connects and runs what it is sent"
        author = "Vedette"
        severity = "critical"
        attack = "T1105, T1620"
    strings:
        // push 41; pop rax; cdq; push 2; pop rdi; push 1; pop rsi; syscall: a TCP socket
        $socket64 = { 6A 29 58 99 6A 02 5F 6A 01 5E 0F 05 }
        // mov al, 0x66; int 0x80 after socketcall's arguments 2, 1, 0
        $socket32 = { 31 DB F7 E3 53 43 53 6A 02 ( B0 66 89 E1 | 89 E1 B0 66 ) CD 80 }
    condition:
        filesize < 8KB and uint32(0) == 0x464C457F and any of them
}
