// SPDX-License-Identifier: Apache-2.0
#include "parse/kernel/fields.h"
#include "parse/kernel/netfilter.h"
#include "parse/program_format.h"
#include "parse/text_scan.h"

namespace vedette::parse {

namespace {

using namespace kernel;

/// "[12345.678901] " as printk and dmesg write it, "[ 1.234567] " also with blanks.
void eat_uptime(TextScanner& scanner, ProgramValues& out) {
    TextScanner rest = scanner;
    if (!rest.skip("[")) return;
    const auto uptime = rest.until("]");
    if (!uptime) return;
    const std::string_view seconds = trimmed(*uptime);
    const std::size_t point = seconds.find('.');
    if (point == std::string_view::npos || !is_digits(seconds.substr(0, point), 12) ||
        !is_digits(seconds.substr(point + 1), 9)) {
        return;
    }
    out[kUptime] = seconds;
    rest.skip_blanks();
    scanner = rest;
}

void set(ProgramValues& out, std::string_view action, std::string_view category) {
    out[kAction] = action;
    out[kCategory] = category;
}

/// "Out of memory: Killed process 812 (mysqld) total-vm:..."; "Kill process" before 5.0.
bool read_out_of_memory(TextScanner scanner, ProgramValues& out) {
    if (!scanner.skip("Killed process ") && !scanner.skip("Kill process ")) return false;
    set(out, "kernel_out_of_memory", "host");
    out[kVictimPid] = scanner.word();
    if (scanner.skip("(")) out[kVictim] = scanner.until(")").value_or("");
    return true;
}

/// "nginx[812]: segfault at 0 ip 00007f sp 00007ffd error 4 in libc.so.6[7f...+1000]" and
/// "traps: nginx[812] general protection fault ip:..."
bool read_fault(TextScanner scanner, ProgramValues& out) {
    scanner.skip("traps: ");
    const auto name = scanner.until("[");
    const auto pid = name ? scanner.until("]") : std::nullopt;
    if (!pid || name->find(' ') != name->npos || !is_digits(*pid, 10)) return false;
    scanner.skip(":");
    scanner.skip_blanks();
    if (scanner.skip("segfault at ")) {
        out[kAddress] = scanner.word();
    } else if (!scanner.skip("general protection") && !scanner.skip("trap ")) {
        return false;
    }
    set(out, "kernel_process_fault", "process");
    out[kOutcome] = "failure";
    out[kVictim] = *name;
    out[kVictimPid] = *pid;
    if (const auto before = scanner.until_last(" in "))
        out[kObject] = scanner.until("[").value_or(scanner.rest());
    return true;
}

/// "usb 1-1: New USB device found, idVendor=0781, idProduct=5581, bcdDevice= 1.00"
bool read_usb(TextScanner scanner, ProgramValues& out) {
    const auto device = scanner.until(": ");
    if (!device) return false;
    out[kDevice] = *device;
    if (scanner.skip("New USB device found, idVendor=")) {
        set(out, "kernel_usb_device_found", "host");
        out[kVendor] = scanner.until(", ").value_or(scanner.rest());
        if (scanner.skip("idProduct=")) out[kProduct] = scanner.until(",").value_or(scanner.rest());
    } else if (scanner.skip("Product: ")) {
        set(out, "kernel_usb_device_named", "host");
        out[kProductName] = scanner.rest();
    } else if (scanner.skip("SerialNumber: ")) {
        set(out, "kernel_usb_device_named", "host");
        out[kSerial] = scanner.rest();
    } else if (scanner.skip("USB disconnect, ")) {
        set(out, "kernel_usb_device_removed", "host");
    } else {
        set(out, "kernel_message", "host");
    }
    return true;
}

/// "device eth0 entered promiscuous mode", since 6.3 "eth0: entered promiscuous mode"
bool read_promiscuous(TextScanner scanner, ProgramValues& out) {
    const bool is_left = scanner.skip_end("left promiscuous mode");
    if (!is_left && !scanner.skip_end("entered promiscuous mode")) return false;
    set(out, is_left ? "kernel_promiscuous_left" : "kernel_promiscuous_entered", "network");
    scanner.skip("device ");
    scanner.skip_end(" ");
    scanner.skip_end(":");
    out[kDevice] = scanner.last_word();
    return true;
}

/// "rootkit: loading out-of-tree module taints kernel." and other taints
bool read_taint(TextScanner scanner, ProgramValues& out) {
    const auto module = scanner.until(": ");
    if (!module || module->find(' ') != module->npos) return false;
    const bool is_taint = scanner.rest().find("taints kernel") != std::string_view::npos ||
                          scanner.rest().find("tainting kernel") != std::string_view::npos;
    if (!is_taint) return false;
    set(out, "kernel_module_taints", "driver");
    out[kModule] = *module;
    return true;
}

bool read(std::string_view text, ProgramValues& out) {
    TextScanner scanner(text);
    eat_uptime(scanner, out);
    if (read_netfilter(scanner.rest(), out)) return true;
    out[kRule] = out[kCategory] = out[kAction] = out[kOutcome] = {};
    TextScanner rest = scanner;
    if (rest.skip("Out of memory: ") || rest.skip("Memory cgroup out of memory: ")) {
        if (read_out_of_memory(rest, out)) return true;
    }
    if (rest.skip("usb ") && read_usb(rest, out)) return true;
    if (scanner.rest().starts_with("TCP: ") &&
        scanner.rest().find("ossible SYN flooding on port") != std::string_view::npos) {
        set(out, "kernel_syn_flood", "network");
        return true;
    }
    if (read_promiscuous(scanner, out) || read_taint(scanner, out)) return true;
    if (read_fault(scanner, out)) return true;
    // What the kernel has stamped is the kernel's, whatever it says.
    out[kAction] = out[kVictim] = out[kVictimPid] = {};
    return !out[kUptime].empty();
}

/// ulogd writes the packets that the kernel hands it in the same form.
constexpr std::string_view kHints[] = {"kernel", "ulogd"};

}  // namespace

void register_kernel(Registry& registry) {
    ProgramFormat format;
    format.name = "kernel";
    format.dataset = "linux.kernel";
    format.summary = "the kernel: packets that iptables and nftables log, faults, devices";
    format.fields = kFields;
    format.read = read;
    format.hints = kHints;
    add_program(registry, format);
}

}  // namespace vedette::parse
