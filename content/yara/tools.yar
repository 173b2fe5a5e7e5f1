// SPDX-License-Identifier: Apache-2.0
// Tools of intruders, by what they cannot do without.

rule eicar_test_file
{
    meta:
        description = "EICAR's file that every scanner is tested with"
        author = "Vedette"
        severity = "medium"
        reference = "https://www.eicar.org/download-anti-malware-testfile/"
    strings:
        $text = { 58 35 4F 21 50 25 40 41 50 5B 34 5C 50 5A 58 35 34 28 50 5E 29 37 43 43 29 37 7D 24 45 49 43 41 52 2D }
    condition:
        filesize < 256 and $text at 0
}

rule windows_credential_tool
{
    meta:
        description = "Program that takes passwords and tickets out of Windows"
        author = "Vedette"
        severity = "critical"
        attack = "T1003.001, T1003.002, T1558"
    strings:
        $logon = "sekurlsa::logonpasswords" wide ascii
        $sam = "lsadump::sam" wide ascii
        $sync = "lsadump::dcsync" wide ascii
        $golden = "kerberos::golden" wide ascii
        $debug = "privilege::debug" wide ascii
        $author = "gentilkiwi" wide ascii
        $packages = /\b(wdigest|kerberos|tspkg|livessp|msv|credman)\.dll\b/ wide ascii nocase
        $module = "sekurlsa" wide ascii
        $lsa = "LsaICancelNotification" wide ascii
    condition:
        filesize < 32MB and uint16(0) == 0x5A4D and
        (2 of ($logon, $sam, $sync, $golden, $debug, $author) or
        ($module and $author) or (#packages > 3 and $module and $lsa))
}

rule linux_credential_tool
{
    meta:
        description = "Script or program that takes passwords out of the memory of Linux programs"
        author = "Vedette"
        severity = "high"
        attack = "T1003.007"
    strings:
        $memory = /\/proc\/(\{[^}\n]{0,20}\}|\$\{?[A-Za-z_0-9]{1,16}\}?|%[dis]|[0-9]{1,7})\/(mem|maps)\b/
        $keyring = "gnome-keyring-daemon"
        $display = /\b(gdm-password|lightdm|vsftpd|apache2|sshd:)/
        $hash = /\$[156y]\$/
        $needle = /_pammodutil_getpwnam_root_1|libgck-?1\.so|FreeBSD-MD5|sshd:.{0,20}\[priv\]/
        $dump = /\b(gcore|dd if=\/proc\/|process_vm_readv|ptrace)\b/
    condition:
        filesize < 4MB and $memory and $keyring and $display and ($needle or ($hash and $dump))
}

rule beacon_config
{
    meta:
        description = "Settings of a Cobalt Strike beacon"
        author = "Vedette"
        severity = "critical"
        attack = "T1071.001, T1573"
    strings:
        // The first three settings (kind, port, pause), as they are and under the two usual keys.
        $plain = { 00 01 00 01 00 02 ?? ?? 00 02 00 01 00 02 ?? ?? 00 03 00 02 00 04 ?? ?? ?? ?? 00 04 00 02 00 04 }
        $key_2e = { 2E 2F 2E 2F 2E 2C ?? ?? 2E 2C 2E 2F 2E 2C ?? ?? 2E 2D 2E 2C 2E 2A ?? ?? ?? ?? 2E 2A 2E 2C 2E 2A }
        $key_69 = { 69 68 69 68 69 6B ?? ?? 69 6B 69 68 69 6B ?? ?? 69 6A 69 6B 69 6D ?? ?? ?? ?? 69 6D 69 6B 69 6D }
    condition:
        any of them
}

rule python_runs_hidden_code
{
    meta:
        description = "Python script that unpacks its own code and runs it"
        author = "Vedette"
        severity = "high"
        attack = "T1027, T1059.006"
        falsepositives = "Programs whose seller hides their source this way"
    strings:
        $run = /\b(exec|eval)\s{0,4}\(\s{0,4}(compile\s{0,4}\(\s{0,4})?((__import__\s{0,4}\(\s{0,4}['"](zlib|base64|marshal|codecs|bz2|lzma)['"]\s{0,4}\)|zlib|base64|marshal|codecs|bz2|lzma)\s{0,4}\.\s{0,4}(decompress|b64decode|b85decode|b32decode|loads|decode)\s{0,4}\(\s{0,4}){1,4}b?['"]/
    condition:
        filesize < 4MB and $run
}

rule package_script_downloads
{
    meta:
        description = "Package that downloads and runs something while it is being installed"
        author = "Vedette"
        severity = "high"
        attack = "T1195.002"
    strings:
        $name = /"name"\s{0,8}:/
        $version = /"version"\s{0,8}:/
        $script = /"(preinstall|install|postinstall)"\s{0,8}:\s{0,8}"[^"\n]{0,120}((curl|wget)\s[^"|\n]{1,160}\|\s{0,4}(ba|da|z)?sh\b|node\s{1,4}-e\s[^\n]{0,200}(https?:\/\/|child_process)|powershell[^"\n]{0,80}(-enc|downloadstring))/ nocase
    condition:
        filesize < 256KB and $name and $version and $script
}

rule ransom_note
{
    meta:
        description = "Note that demands money for files"
        author = "Vedette"
        severity = "high"
        attack = "T1486"
    strings:
        $taken = /(all )?(of )?your (important )?(files|documents|data|servers?|network)[^.!\n]{0,60} (have been|has been|were|was|are|is) (now )?(encrypted|locked|stolen|downloaded)/ nocase
        $onion = /[a-z2-7]{16}([a-z2-7]{40})?\.onion\b/
        $tor = "tor browser" nocase
        $coin = /\b(bitcoins?|btc|monero|xmr)\b/ nocase
        $key = /(decrypt(or|ion|ing)?( key| tool| software| program)|private key|recover your (files|data)|restore your (files|data))/ nocase
        $warning = /(do not|don't|never) (try to )?(rename|modify|delete|decrypt|contact (the )?police|use third[- ]party)/ nocase
    condition:
        filesize < 64KB and $taken and $key and 2 of ($onion, $tor, $coin, $warning)
}
