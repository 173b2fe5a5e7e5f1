// SPDX-License-Identifier: Apache-2.0
// The program in which what is risky to read is read: started by vedette, confined before it sees a
// byte of it (sandbox/confine.h). Not for people.
#include <malloc.h>

#include <cstdio>
#include <cstdlib>

#include "parse/decode_job.h"
#include "rule/yara/yara_job.h"
#include "sandbox/jobs.h"
#include "sandbox/limits.h"
#include "source/archive_job.h"

constexpr int kMallocKeptBytes = 32 << 20;

int main(int argc, char** argv) {
    using namespace vedette;
    if (argc != 2) {
        std::fputs("vedette-worker is started by vedette, with its memory limit in bytes\n",
                   stderr);
        return 2;
    }
    // What a job gave back is wanted again by the next one: without this every job has its pages
    // taken away and faulted in anew.
    ::mallopt(M_TRIM_THRESHOLD, kMallocKeptBytes);
    ::mallopt(M_MMAP_THRESHOLD, kMallocKeptBytes);
    sandbox::Jobs jobs;
    source::add_archive_job(jobs);
    parse::add_decode_job(jobs);
    rule::yara::add_yara_jobs(jobs);
    const auto done =
        sandbox::run_worker(jobs, sandbox::kWorkerSocket, std::strtoull(argv[1], nullptr, 10));
    if (!done) std::fprintf(stderr, "vedette-worker: %s\n", done.error().message().c_str());
    return done ? 0 : 1;
}
