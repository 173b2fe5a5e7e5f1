// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace vedette::base {

/// How far behind the threads that answer senders everything else stands, in steps of nice(2).
inline constexpr int kBehindSendersNice = 5;

/// Puts the calling thread, and those it will start, behind the threads that answer senders: called
/// by whatever judges, stores, searches and tidies, the store's child included. So an
/// acknowledgement waits for the disk and not for a hunt, while those behind share among themselves
/// as before; with a processor to spare it changes nothing. Lowering needs no right, and cannot be
/// taken back without one. Where the system refuses, the thread stays as it is: slower answers, not
/// wrong ones.
/// What it does not promise: an order of input and output (ioprio), nor anything where a cgroup's
/// limit is what holds the process up.   Source: sched(7), setpriority(2): on Linux of one thread
void stand_behind_senders();

}  // namespace vedette::base
