// SPDX-License-Identifier: Apache-2.0
// What is sent to people at Windows, and what is run there.

rule lnk_runs_script
{
    meta:
        description = "Shortcut that runs an interpreter with a hidden or distant script"
        author = "Vedette"
        severity = "high"
        attack = "T1204.002, T1059"
    strings:
        $interpreter = /(powershell|pwsh|mshta|wscript|cscript|rundll32|regsvr32|cmd\.exe)/ nocase wide ascii
        $far = /https?:\/\/[A-Za-z0-9.\-]{4,80}/ nocase wide ascii
        $hidden = /-w(indowstyle)?\s{1,4}(h|hidden|1)\b/ nocase wide ascii
        $encoded = /-e(nc|ncodedcommand|c)?\s{1,4}[A-Za-z0-9+\/=]{40}/ nocase wide ascii
        $expression = /\b(iex|invoke-expression|frombase64string|downloadstring)\b/ nocase wide ascii
    condition:
        filesize < 1MB and uint32(0) == 0x0000004C and uint32(4) == 0x00021401 and $interpreter and
        ($far or $hidden or $encoded or $expression)
}

rule hta_runs_command
{
    meta:
        description = "HTML application that runs a command"
        author = "Vedette"
        severity = "high"
        attack = "T1218.005"
        falsepositives = "Old tools of administrators"
    strings:
        $script = /<script\b/ nocase
        $hta = /<hta:application\b/ nocase
        $shell = /(CreateObject|ActiveXObject)\s{0,4}\(\s{0,4}["'](WScript\.Shell|Shell\.Application)["']/ nocase
        $run = /\.(Run|Exec|ShellExecute)\s{0,4}\(?\s{0,4}["'][^"'\n]{0,40}(powershell|cmd|mshta|rundll32|regsvr32|certutil|bitsadmin)/ nocase
    condition:
        filesize < 1MB and $script and $shell and $run and ($hta or extension == ".hta")
}

rule macro_runs_command
{
    meta:
        description = "Macro that runs a command when its document is opened"
        author = "Vedette"
        severity = "high"
        attack = "T1204.002, T1059.005"
    strings:
        $ole = { D0 CF 11 E0 A1 B1 1A E1 }
        $source = /Attribute\s{1,4}VB_Name\s{0,4}=/
        $auto = /(Auto_?Open|Auto_?Close|Document_Open|DocumentOpen|Workbook_Open|AutoExec)/ nocase
        $shell = /(WScript\.Shell|Shell\.Application|\bShell\s{0,4}\(|winmgmts:|Win32_Process)/ nocase
        $command = /(powershell|cmd(\.exe)?\s{1,4}\/c|mshta|rundll32|regsvr32|certutil|bitsadmin|MSXML2\.(Server)?XMLHTTP|URLDownloadToFile)/ nocase
    condition:
        filesize < 16MB and ($ole at 0 or $source) and $auto and $shell and $command
}

rule powershell_runs_download
{
    meta:
        description = "PowerShell script that downloads code and runs it from memory"
        author = "Vedette"
        severity = "high"
        attack = "T1059.001, T1105"
        falsepositives = "Installers of package managers"
    strings:
        $run = /(^|[|;({\s"'])(iex|invoke-expression)\b/ nocase
        $download = /(\.DownloadString|\.DownloadData|invoke-webrequest|\biwr\b|invoke-restmethod|\birm\b)\s{0,4}\(?/ nocase
        $hidden = /-(w|windowstyle)\s{1,4}h(idden)?\b/ nocase
        $bypass = /-(ep|exec|executionpolicy)\s{1,4}bypass\b/ nocase
        $decode = /\[(System\.)?Convert\]::FromBase64String\s{0,4}\(/ nocase
        $reflect = /\[(System\.)?Reflection\.Assembly\]::Load\s{0,4}\(/ nocase
    condition:
        filesize < 1MB and (extension == ".ps1" or extension == ".psm1" or extension == ".bat" or
        extension == ".cmd" or extension == "") and $run and $download and
        any of ($hidden, $bypass, $decode, $reflect)
}

rule powershell_blinds_antivirus
{
    meta:
        description = "PowerShell code that switches off the scanning of scripts"
        author = "Vedette"
        severity = "critical"
        attack = "T1562.001"
    strings:
        $field = /GetField\s{0,4}\(\s{0,4}['"]amsi(Init['"]?\s{0,4}\+?\s{0,4}['"]?Failed|Context|Session)['"]\s{0,4},[^\n]{0,80}\)\s{0,4}\.\s{0,4}SetValue\s{0,4}\(/ nocase
        $patch = /GetProcAddress\s{0,4}\([^\n]{0,80}['"]Amsi['"]?\s{0,4}\+?\s{0,4}['"]?Scan['"]?\s{0,4}\+?\s{0,4}['"]?Buffer['"]/ nocase
        $protect = "VirtualProtect" nocase
    condition:
        // An event in a log that holds the script is for the rules about events.
        filesize < 1MB and uint8(0) != 0x7B and ($field or ($patch and $protect))
}
