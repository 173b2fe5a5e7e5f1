// SPDX-License-Identifier: Apache-2.0
#include "parse/cron/fields.h"
#include "parse/program_format.h"
#include "parse/text_scan.h"

namespace vedette::parse {

namespace {

using namespace cron;

/// What cron and crontab write between the user and the brackets.
struct Verb {
    std::string_view word, action, category, outcome;
};
constexpr Verb kVerbs[] = {
    {"CMD", "cron_command", "process", "success"},
    {"CMDEND", "cron_command_ended", "process", {}},
    {"CMDOUT", "cron_command_output", "process", {}},
    {"RELOAD", "cron_crontab_reloaded", "configuration", {}},
    {"LIST", "cron_crontab_listed", "configuration", {}},
    {"REPLACE", "cron_crontab_replaced", "configuration", {}},
    {"DELETE", "cron_crontab_deleted", "configuration", {}},
    {"BEGIN EDIT", "cron_crontab_edit_begun", "configuration", {}},
    {"END EDIT", "cron_crontab_edit_ended", "configuration", {}},
    {"AUTH", "cron_refused", "authentication", "failure"},
    {"PAM ERROR", "cron_refused", "authentication", "failure"},
    {"STARTUP", "cron_started", "process", {}},
    {"DEATH", "cron_stopped", "process", "failure"},
    {"MAIL", "cron_mail", "process", {}},
};

/// "[123] command" where cron was told to log process ids.
void read_command(std::string_view detail, ProgramValues& out) {
    TextScanner scanner(detail);
    if (scanner.skip("[")) {
        const auto pid = scanner.until("] ");
        if (pid && is_digits(*pid, 10)) {
            out[kJobPid] = *pid;
            detail = scanner.rest();
        }
    }
    out[kCommandLine] = detail;
}

/// "(root) CMD (run-parts /etc/cron.hourly)". A command may hold anything, also brackets.
bool read_bracketed(TextScanner scanner, ProgramValues& out) {
    const auto user = scanner.until(") ");
    const auto verb = user ? scanner.until(" (") : std::nullopt;
    if (!verb || verb->empty() || !scanner.skip_end(")")) return false;
    for (const char c : *verb) {
        if ((c < 'A' || c > 'Z') && c != ' ' && c != '-' && c != '_') return false;
    }
    // "(CRON) INFO (...)" and "(*system*) RELOAD (...)" are the daemon's own names.
    if (*user != "CRON" && *user != "CROND" && !user->starts_with('*')) out[kUser] = *user;
    out[kAction] = "cron_message";
    out[kVerb] = *verb;
    for (const Verb& known : kVerbs) {
        if (known.word != *verb) continue;
        out[kAction] = known.action;
        out[kCategory] = known.category;
        out[kOutcome] = known.outcome;
    }
    if (*verb == "CMD" || *verb == "CMDEND") {
        read_command(scanner.rest(), out);
    } else if (*verb == "RELOAD") {
        out[kFile] = scanner.rest();
    } else {
        out[kDetail] = scanner.rest();
    }
    return true;
}

void set_job(std::string_view action, std::string_view job, ProgramValues& out) {
    out[kAction] = action;
    out[kCategory] = "process";
    out[kJob] = job;
}

/// anacron: "Job `cron.daily' started"
bool read_job(TextScanner scanner, ProgramValues& out) {
    const auto job = scanner.until("' ");
    if (!job) return false;
    if (scanner.rest() == "started") {
        set_job("cron_job_started", *job, out);
    } else if (scanner.rest().starts_with("terminated")) {
        set_job("cron_job_ended", *job, out);
        if (scanner.skip("terminated (")) {
            scanner.skip_end(")");
            out[kDetail] = scanner.rest();
        }
    } else {
        return false;
    }
    return true;
}

bool read_anacron(TextScanner scanner, ProgramValues& out) {
    if (scanner.skip("Job `")) return read_job(scanner, out);
    if (scanner.skip("Will run job `")) {
        const auto job = scanner.until("' ");
        if (!job) return false;
        set_job("cron_job_planned", *job, out);
        return true;
    }
    if (scanner.skip("Updated timestamp for job `")) {
        const auto job = scanner.until("' ");
        if (!job) return false;
        set_job("cron_job_stamped", *job, out);
        return true;
    }
    if (scanner.skip("Anacron ") || scanner.rest() == "Jobs will be executed sequentially") {
        set_job("cron_started", {}, out);
        return true;
    }
    if (scanner.skip("Normal exit (")) {
        set_job("cron_stopped", {}, out);
        return true;
    }
    return false;
}

/// run-parts as Red Hat's cron calls it: "(/etc/cron.daily) starting logrotate"; its tag is
/// "run-parts" with or without the folder.
bool read_run_parts(TextScanner scanner, ProgramValues& out) {
    if (scanner.skip("(/")) {
        const auto folder = scanner.until(") ");
        if (!folder) return false;
    }
    if (scanner.skip("starting ")) {
        set_job("cron_job_started", scanner.rest(), out);
    } else if (scanner.skip("finished ")) {
        set_job("cron_job_ended", scanner.rest(), out);
    } else {
        return false;
    }
    return !scanner.is_at_end();
}

bool read(std::string_view text, ProgramValues& out) {
    TextScanner scanner(text);
    if (text.starts_with("(/")) return read_run_parts(scanner, out);
    if (scanner.skip("(")) return read_bracketed(scanner, out);
    return read_anacron(scanner, out) || read_run_parts(scanner, out);
}

constexpr std::string_view kHints[] = {"cron",    "CRON",    "crond",    "CROND",
                                       "crontab", "anacron", "run-parts"};

}  // namespace

void register_cron(Registry& registry) {
    ProgramFormat format;
    format.name = "cron";
    format.dataset = "linux.cron";
    format.summary = "cron, crontab and anacron: commands run, tables changed";
    format.fields = kFields;
    format.read = read;
    format.hints = kHints;
    format.hands_on_pam = true;
    add_program(registry, format);
}

}  // namespace vedette::parse
