// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bench/authority_process.h"

namespace countersign::bench {

// Filling is how many purchasers' certificates come into a directory, and of how many of them, evenly spread,
// the keys are kept.
struct Filling {
  std::int64_t certificates = 0;
  std::int64_t kept = 0;
  std::string names = "filled";  // the purchasers are UID=<names>-<number>
};

// fill_directory puts certificates into a site's directory as an enrolment that was completed does: each for
// a new key, under a name of its own, issued and checked by the code that issues for holders, entered by the
// directory's own `add`. Unlike there, ten thousand share a transaction, and there are no mails, consents or
// audit records. Answers the holders whose keys were kept, in order. The site's authority should not run.
std::vector<x509::Signer> fill_directory(const Site& site, const Filling& filling);

}  // namespace countersign::bench
