// SPDX-License-Identifier: Apache-2.0
// Pages of web servers that run what a request says.

rule php_runs_request
{
    meta:
        description = "PHP page that runs what a request sends"
        author = "Vedette"
        severity = "high"
        attack = "T1505.003"
        falsepositives = "Consoles for administrators that run commands by design"
    strings:
        $open = /<\?(php|=)/ nocase
        $run = /\b(eval|assert|system|passthru|shell_exec|exec|popen|proc_open|create_function)\s{0,8}\(\s{0,8}(@?\s{0,8}(base64_decode|gzinflate|gzuncompress|str_rot13|stripslashes|urldecode|trim|rawurldecode)\s{0,8}\(\s{0,8}){0,4}@?\$_(GET|POST|REQUEST|COOKIE|SERVER)\b/ nocase
        $call = /\$_(GET|POST|REQUEST|COOKIE)\s{0,4}\[[^\]\n]{1,40}\]\s{0,4}\(\s{0,4}@?\$_(GET|POST|REQUEST|COOKIE)\b/ nocase
        $backtick = /`\s{0,4}\{?\$_(GET|POST|REQUEST|COOKIE)\b/ nocase
    condition:
        filesize < 1MB and $open and ($run or $call or $backtick)
}

rule php_hidden_code
{
    meta:
        description = "PHP page that unpacks its own code and runs it"
        author = "Vedette"
        severity = "high"
        attack = "T1505.003, T1027"
        falsepositives = "Programs whose seller hides their source this way"
    strings:
        $open = /<\?(php|=)/ nocase
        $eval = /\b(eval|assert)\s{0,8}\(\s{0,8}@?\s{0,8}(gzinflate|gzuncompress|gzdecode|str_rot13|base64_decode|strrev|convert_uudecode)\s{0,8}\(\s{0,8}((gzinflate|gzuncompress|str_rot13|base64_decode|strrev)\s{0,8}\(\s{0,8}){0,4}['"][A-Za-z0-9+\/=\\]{100}/ nocase
    condition:
        filesize < 5MB and $open and $eval
}

rule jsp_runs_request
{
    meta:
        description = "JSP page that runs what a request sends"
        author = "Vedette"
        severity = "high"
        attack = "T1505.003"
    strings:
        $open = "<%"
        $run = /getRuntime\s{0,4}\(\s{0,4}\)\s{0,4}\.\s{0,4}exec\s{0,4}\(/
        $builder = /new\s{1,4}ProcessBuilder\s{0,4}\(/
        $request = /request\s{0,4}\.\s{0,4}getParameter(Values)?\s{0,4}\(/
        $page = /<%@\s{0,4}page\b/
        $class = "ClassLoader"
        $define = "defineClass"
    condition:
        filesize < 512KB and $open and $request and
        ($run or $builder or ($page and $class and $define))
}

rule aspx_runs_request
{
    meta:
        description = "ASP.NET page that runs what a request sends"
        author = "Vedette"
        severity = "high"
        attack = "T1505.003"
    strings:
        $page = /<%@\s{0,4}(page|webhandler)\b/ nocase
        $eval = /\beval\s{0,4}\(\s{0,4}Request\s{0,4}[.\[(]/ nocase
        $process = /new\s{1,4}ProcessStartInfo|Process\.Start\s{0,4}\(/ nocase
        $request = /Request\s{0,4}(\.(Form|QueryString|Params|Item))?\s{0,4}[\[(]\s{0,4}"/ nocase
        $shell = /"(cmd(\.exe)?|powershell(\.exe)?)"/ nocase
    condition:
        filesize < 512KB and $page and ($eval or ($process and $request and $shell))
}
