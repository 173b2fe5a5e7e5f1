// SPDX-License-Identifier: Apache-2.0
// The main of vedette-store-host, a program apart because the engine cannot live in one that is
// built with a sanitizer, and because the process that ingests should not map what the engine
// needs.
#include "store/host/store_host.h"

int main(int argc, char** argv) { return vedette::store::host::store_host_main(argc, argv); }
