// SPDX-License-Identifier: Apache-2.0
#include "parse/program_format.h"
#include "parse/systemd/fields.h"
#include "parse/text_scan.h"

namespace vedette::parse {

namespace {

using namespace systemd;

/// The first words of what the manager says of a unit.
struct Shape {
    std::string_view begin, action, outcome;
};
/// The first that fits is taken, so a longer beginning stands before a shorter one.
constexpr Shape kUnitShapes[] = {
    {"Started ", "systemd_unit_started", "success"},
    {"Starting ", "systemd_unit_starting", {}},
    {"Finished ", "systemd_unit_finished", "success"},
    {"Stopped target ", "systemd_unit_stopped", {}},
    {"Stopped ", "systemd_unit_stopped", {}},
    {"Stopping ", "systemd_unit_stopping", {}},
    {"Reloading ", "systemd_unit_reloading", {}},
    {"Reloaded ", "systemd_unit_reloaded", "success"},
    {"Failed to start ", "systemd_unit_failed", "failure"},
    {"Failed to listen on ", "systemd_unit_failed", "failure"},
    {"Failed to mount ", "systemd_unit_failed", "failure"},
    {"Dependency failed for ", "systemd_unit_failed", "failure"},
    {"Timed out starting ", "systemd_unit_failed", "failure"},
    {"Timed out waiting for ", "systemd_unit_failed", "failure"},
    {"Reached target ", "systemd_unit_started", "success"},
    {"Listening on ", "systemd_unit_started", "success"},
    {"Created slice ", "systemd_unit_started", "success"},
    {"Mounted ", "systemd_unit_started", "success"},
    {"Mounting ", "systemd_unit_starting", {}},
    {"Activated swap ", "systemd_unit_started", "success"},
    {"Activating swap ", "systemd_unit_starting", {}},
    {"Set up automount ", "systemd_unit_started", "success"},
    {"Found device ", "systemd_unit_started", "success"},
    {"Closed ", "systemd_unit_stopped", {}},
    {"Unmounted ", "systemd_unit_stopped", {}},
    {"Unmounting ", "systemd_unit_stopping", {}},
    {"Deactivated swap ", "systemd_unit_stopped", {}},
    {"Removed slice ", "systemd_unit_stopped", {}},
    {"Condition check resulted in ", "systemd_unit_skipped", {}},
};

/// What the manager and logind say of themselves and of the machine; the rest has no fields.
constexpr Shape kPlainShapes[] = {
    {"Startup finished in ", "systemd_started", "success"},
    {"Reloading.", "systemd_reloaded", {}},
    {"Reloading requested ", "systemd_reloaded", {}},
    {"Reexecuting", "systemd_reexecuted", {}},
    {"systemd ", "systemd_started", {}},
    {"Shutting down.", "systemd_stopping", {}},
    {"Set hostname to ", "systemd_hostname_set", {}},
    {"System time before build time", "systemd_clock_set", {}},
    {"Time has been changed", "systemd_clock_set", {}},
    {"Received SIG", "systemd_signal_received", {}},
    {"System is rebooting", "logind_reboot", {}},
    {"System is powering down", "logind_power_off", {}},
    {"The system will reboot", "logind_reboot", {}},
    {"The system will power off", "logind_power_off", {}},
    {"Power key pressed", "logind_power_key", {}},
    {"Lid ", "logind_lid", {}},
    {"Suspending", "logind_suspend", {}},
    {"Operation '", "logind_operation", {}},
    {"Delay lock is active", "logind_delay", {}},
};

/// Endings of names of units.   Source: systemd.unit(5), version 257
bool is_unit(std::string_view text) {
    constexpr std::string_view kEndings[] = {".service", ".socket", ".target",   ".timer",
                                             ".mount",   ".slice",  ".scope",    ".device",
                                             ".path",    ".swap",   ".automount"};
    if (text.find(' ') != text.npos) return false;
    for (const std::string_view ending : kEndings) {
        if (text.size() > ending.size() && text.ends_with(ending)) return true;
    }
    return false;
}

/// "ssh.service - OpenBSD Secure Shell server." since 253, "OpenBSD Secure Shell server." before.
void read_unit_name(TextScanner scanner, ProgramValues& out) {
    if (!scanner.skip_end("...")) scanner.skip_end(".");
    scanner.skip_end(" being skipped");
    const std::size_t dash = scanner.rest().find(" - ");
    const std::string_view first = scanner.rest().substr(0, dash);
    if (!is_unit(first)) {
        out[kDescription] = scanner.rest();
        return;
    }
    out[kUnit] = first;
    if (dash != std::string_view::npos) out[kDescription] = scanner.rest().substr(dash + 3);
}

/// "Main process exited, code=exited, status=1/FAILURE"
void read_exit(TextScanner scanner, ProgramValues& out) {
    out[kAction] = "systemd_process_exited";
    const auto kind = scanner.until(", ");
    out[kExitKind] = kind ? *kind : scanner.rest();
    if (kind && scanner.skip("status=")) out[kExitStatus] = scanner.rest();
    out[kOutcome] = out[kExitStatus].starts_with("0/") ? "success" : "failure";
}

/// "ssh.service: Failed with result 'exit-code'."
bool read_about_unit(TextScanner scanner, ProgramValues& out) {
    const auto unit = scanner.until(": ");
    if (!unit || !is_unit(*unit)) return false;
    out[kUnit] = *unit;
    out[kCategory] = "process";
    out[kAction] = "systemd_unit_message";
    TextScanner rest = scanner;
    if (const auto role = rest.until(" exited, code=")) {
        out[kProcessRole] = *role;
        read_exit(rest, out);
    } else if (scanner.skip("Failed with result '")) {
        out[kAction] = "systemd_unit_failed";
        out[kOutcome] = "failure";
        out[kResult] = scanner.until("'").value_or(scanner.rest());
    } else if (scanner.skip("Deactivated successfully") || scanner.skip("Succeeded")) {
        out[kAction] = "systemd_unit_stopped";
        out[kOutcome] = "success";
    } else if (scanner.skip("Scheduled restart job, restart counter is at ")) {
        out[kAction] = "systemd_unit_restarted";
        scanner.skip_end(".");
        out[kRestarts] = scanner.rest();
    } else if (scanner.skip("Consumed ")) {
        out[kAction] = "systemd_unit_consumed";
        out[kResult] = scanner.rest();
    } else if (scanner.skip("A process of this unit has been killed by the OOM killer")) {
        out[kAction] = "systemd_unit_killed";
        out[kOutcome] = "failure";
        out[kResult] = "oom-kill";
    } else {
        out[kResult] = scanner.rest();
    }
    return true;
}

/// logind: "New session 5 of user alice.", also "New session 'c1' of user 'alice' with class ..."
/// since 257.
bool read_new_session(TextScanner scanner, ProgramValues& out) {
    const auto session = scanner.until(" of user ");
    if (!session) return false;
    const std::string_view user = scanner.word();
    out[kAction] = "logind_session_opened";
    out[kCategory] = "session";
    out[kOutcome] = "success";
    const auto bare = [](std::string_view text) {
        TextScanner quoted(text);
        quoted.skip_end(".");
        if (quoted.skip("'")) quoted.skip_end("'");
        return quoted.rest();
    };
    out[kSession] = bare(*session);
    out[kUser] = bare(user);
    return true;
}

bool read_session_end(std::string_view session, ProgramValues& out) {
    out[kAction] = "logind_session_closed";
    out[kCategory] = "session";
    out[kSession] = session;
    return true;
}

bool read_logind(TextScanner scanner, ProgramValues& out) {
    if (scanner.skip("New session ")) return read_new_session(scanner, out);
    if (scanner.skip("Removed session ")) {
        scanner.skip_end(".");
        return read_session_end(scanner.rest(), out);
    }
    if (scanner.skip("Session ")) {
        const std::string_view session = scanner.word();
        if (!scanner.rest().starts_with("logged out")) return false;
        out[kAction] = "logind_session_logged_out";
        out[kCategory] = "session";
        out[kSession] = session;
        return true;
    }
    if (scanner.skip("New seat ")) {
        out[kAction] = "logind_seat_added";
        scanner.skip_end(".");
        out[kSeat] = scanner.rest();
        return true;
    }
    if (scanner.skip("Watching system buttons on ")) {
        out[kAction] = "logind_buttons_watched";
        out[kDevice] = scanner.word();
        return true;
    }
    return false;
}

bool read(std::string_view text, ProgramValues& out) {
    TextScanner scanner(text);
    if (read_logind(scanner, out)) return true;
    for (const Shape& shape : kPlainShapes) {
        if (!text.starts_with(shape.begin)) continue;
        out[kAction] = shape.action;
        out[kCategory] = "host";
        out[kOutcome] = shape.outcome;
        return true;
    }
    for (const Shape& shape : kUnitShapes) {
        if (!scanner.skip(shape.begin)) continue;
        out[kAction] = shape.action;
        out[kCategory] = "process";
        out[kOutcome] = shape.outcome;
        read_unit_name(scanner, out);
        return true;
    }
    return read_about_unit(scanner, out);
}

constexpr std::string_view kHints[] = {"systemd", "systemd-logind"};

}  // namespace

void register_systemd(Registry& registry) {
    ProgramFormat format;
    format.name = "systemd";
    format.dataset = "linux.systemd";
    format.summary = "systemd and systemd-logind: units, their ends, sessions";
    format.fields = kFields;
    format.read = read;
    format.hints = kHints;
    format.hands_on_pam = true;
    add_program(registry, format);
}

}  // namespace vedette::parse
