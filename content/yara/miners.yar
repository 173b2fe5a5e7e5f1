// SPDX-License-Identifier: Apache-2.0
// Work for somebody else's purse.

rule miner_config
{
    meta:
        description = "Configuration of a program that mines coins"
        author = "Vedette"
        severity = "medium"
        attack = "T1496"
        falsepositives = "Machines that are there to mine"
    strings:
        $pools = /"pools"\s{0,8}:\s{0,8}\[/
        $url = /"url"\s{0,8}:\s{0,8}"(stratum\+(tcp|ssl|tls):\/\/)?[A-Za-z0-9.\-]{4,80}:[0-9]{2,5}"/
        $donate = /"donate-level"\s{0,8}:/
        $rig = /"(rig-id|randomx|cryptonight|keepalive|nicehash)"\s{0,8}:/
    condition:
        filesize < 128KB and $pools and $url and ($donate or #rig > 1)
}

rule miner_program
{
    meta:
        description = "Program that mines coins"
        author = "Vedette"
        severity = "high"
        attack = "T1496"
        falsepositives = "Machines that are there to mine"
    strings:
        $stratum = /stratum\+(tcp|ssl|tls):\/\//
        $donate = "donate-level"
        $randomx = "randomx" nocase
        $cryptonight = "cryptonight" nocase
        $rig = "rig-id"
        $login = "mining.subscribe"
    condition:
        filesize < 64MB and (uint32(0) == 0x464C457F or uint16(0) == 0x5A4D) and 3 of them
}

rule miner_start_script
{
    meta:
        description = "Script that starts a program that mines coins"
        author = "Vedette"
        severity = "high"
        attack = "T1496"
    strings:
        $begin = "#!"
        $pool = /(-o|--url)[ =]{1,4}['"]?(stratum\+(tcp|ssl|tls):\/\/)?[A-Za-z0-9.\-]{4,80}:[0-9]{2,5}\b[^\n]{0,200}\s(-u|--user)[ =]{1,4}['"]?[A-Za-z0-9$.\{]{20,}/
        $purse = /\b(4[0-9AB][1-9A-HJ-NP-Za-km-z]{93}|bc1[ac-hj-np-z02-9]{39,59})\b/
        $stratum = /stratum\+(tcp|ssl|tls):\/\//
    condition:
        filesize < 64KB and $begin at 0 and ($pool or ($purse and $stratum))
}
