// SPDX-License-Identifier: Apache-2.0
// What stays on a Linux machine, and how.

import "math"

rule elf_takes_passwords
{
    meta:
        description = "Login program or PAM module that writes passwords away"
        author = "Vedette"
        severity = "critical"
        attack = "T1556.003, T1056"
    strings:
        $pam = "pam_sm_authenticate"
        $sshd = "OpenSSH_"
        $format = /(user(name)?|login|id|acc(ount)?)\s{0,2}[=:]\s{0,2}['"\[<]?%s[^%\x00\n]{1,24}(pass(word|wd)?|pwd?)\s{0,2}[=:]\s{0,2}['"\[<]?%s/ nocase
        $place = /\/(tmp|var\/tmp|dev\/shm|var\/lib|usr\/lib|usr\/share|etc)\/[A-Za-z0-9_\/]{0,40}\.[A-Za-z0-9_]{2,24}\x00/
    condition:
        filesize < 8MB and uint32(0) == 0x464C457F and ($pam or $sshd) and $format and $place
}

rule elf_hides_in_preload
{
    meta:
        description = "Library that hides files from programs it is loaded into"
        author = "Vedette"
        severity = "critical"
        attack = "T1574.006, T1014"
    strings:
        $preload = "/etc/ld.so.preload"
        $next = "dlsym"
        $readdir = /\x00readdir(64)?\x00/
        $tcp = "/proc/net/tcp"
        $proc = "/proc/self/fd/%d"
        $stat = /\x00(__)?l?xstat(64)?\x00/
        $unlink = /\x00unlinkat\x00/
    condition:
        filesize < 4MB and uint32(0) == 0x464C457F and uint16(16) == 3 and $preload and $next and
        $readdir and 2 of ($tcp, $proc, $stat, $unlink)
}

rule cron_runs_download
{
    meta:
        description = "Scheduled job that downloads a script and runs it"
        author = "Vedette"
        severity = "high"
        attack = "T1053.003, T1105"
        falsepositives = "Updaters of a few hosting panels"
    strings:
        $line = /\n[ \t]{0,8}(@(reboot|hourly|daily)|[0-9*][0-9*\/,\-]{0,15}([ \t]{1,8}[0-9*][0-9*\/,\-]{0,15}){4})[ \t]{1,8}[^#\n]{0,120}\b(curl|wget)\s[^\n|]{1,200}\|\s{0,4}(sudo\s{1,4})?(\/bin\/)?(ba|da|z)?sh\b/
        $first = /^[ \t]{0,8}(@(reboot|hourly|daily)|[0-9*][0-9*\/,\-]{0,15}([ \t]{1,8}[0-9*][0-9*\/,\-]{0,15}){4})[ \t]{1,8}[^#\n]{0,120}\b(curl|wget)\s[^\n|]{1,200}\|\s{0,4}(sudo\s{1,4})?(\/bin\/)?(ba|da|z)?sh\b/
    condition:
        filesize < 64KB and ($first at 0 or $line)
}

rule systemd_unit_of_temporary_file
{
    meta:
        description = "Service that is started from a folder for temporary files"
        author = "Vedette"
        severity = "high"
        attack = "T1543.002"
    strings:
        $service = "[Service]"
        $exec = /\nExec(Start|StartPre|StartPost|Stop)\s{0,2}=\s{0,4}[-@+!:]{0,3}(\/bin\/(ba)?sh\s{1,4}(-c\s{1,4})?['"]?)?\/(tmp|var\/tmp|dev\/shm)\/[^\s]{1,80}/
    condition:
        filesize < 16KB and $service and $exec
}

rule ssh_key_with_shell
{
    meta:
        description = "Authorized SSH key that runs a shell for somebody else or a download"
        author = "Vedette"
        severity = "high"
        attack = "T1098.004"
    strings:
        $key = /command="[^"\n]{0,200}(\/dev\/(tcp|udp)\/|\bnc\s[^"\n]{0,60}-e\b|(curl|wget)\s[^"|\n]{1,120}\|\s{0,4}(ba|da|z)?sh\b|base64\s{1,4}-d[^"|\n]{0,40}\|\s{0,4}(ba)?sh)[^"\n]{0,200}"[^\n]{0,120}\b(ssh-(rsa|ed25519|dss)|ecdsa-sha2-nistp[0-9]{3})\sAAAA/
    condition:
        filesize < 256KB and $key
}

rule elf_packed_by_upx
{
    meta:
        description = "ELF program packed by UPX"
        author = "Vedette"
        severity = "low"
        attack = "T1027.002"
        falsepositives = "Honest programs that are packed to be small, more of them in Go"
    strings:
        $mark = "UPX!"
    condition:
        uint32(0) == 0x464C457F and $mark in (0..2048) and $mark in (filesize - 512..filesize)
}

rule elf_enciphered
{
    meta:
        description = "ELF program without sections whose content looks enciphered or packed"
        author = "Vedette"
        severity = "medium"
        attack = "T1027.002"
    condition:
        uint32(0) == 0x464C457F and filesize > 2KB and filesize < 16MB and
        (uint16(16) == 2 or uint16(16) == 3) and
        ((uint8(4) == 2 and uint16(60) == 0) or (uint8(4) == 1 and uint16(48) == 0)) and
        math.entropy(256, filesize - 256) > 7.3
}
