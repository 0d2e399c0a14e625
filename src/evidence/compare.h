// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "evidence/verify.h"

namespace countersign::evidence {

// What two receipts together say about the log.
enum class ComparisonVerdict {
  kSameTree,    // both are of one tree
  kConsistent,  // the smaller tree is the beginning of the larger
  kUndecided,   // nothing contradicts, and nothing shows that the one tree begins with the other
  kOtherLogs,   // they are of different logs, which have nothing to do with each other
  kUnproven,    // one of them has no checkpoint that its log signed: nothing follows
  kFork,        // the log has two histories
};
std::string_view verdict_name(ComparisonVerdict verdict);  // "same-tree"

struct Comparison {
  ComparisonVerdict verdict = ComparisonVerdict::kUnproven;
  std::string explanation;  // in plain words, whole sentences
};

// compare_receipts finds out whether two receipts, verified by verify_receipt, show one history of the log: a
// fork are two signed checkpoints of one origin with one size and different roots, or with another entry at
// the index of both receipts. Of trees of different sizes it needs to know more: `hashes`, where they are
// given, are those of the larger tree, believed only as far as they lead to its signed root; a fork is also
// where they do not lead to the smaller tree's.
Comparison compare_receipts(const Report& first, const Report& second, merkle::HashSource* hashes = nullptr);

// The verdict first; type "receipt-comparison", version 1.
std::string write_comparison_text(const Comparison& comparison, const Report& first, const Report& second);
std::string write_comparison_json(const Comparison& comparison, const Report& first, const Report& second);

}  // namespace countersign::evidence
