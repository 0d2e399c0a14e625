// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace countersign::authority {

// How a witness's memory of our log stands to the log, at the first word that it gives after a start.
enum class Standing {
  kAgrees,      // it cosigned our newest checkpoint: it knows nothing beyond it, and nothing beside it
  kClaimsMore,  // it says that it knows more, or something else, and does not show it
  kSilent,      // no answer that counts
  kAhead,       // it shows a checkpoint that our log signed and does not have any more
  kBeside,      // it shows a checkpoint that our log signed, of another tree
};

// StartCheck decides whether the log may sign after a start: a store that was put back to an older copy would
// sign another history, which its witnesses can tell. Pure; not thread-safe.
class StartCheck {
 public:
  enum class WhenSilent { kConfirm, kWait };  // where too few witnesses answer
  struct Options {
    // So many have to agree. More than half of all: then at least one of them has seen all that was ever
    // witnessed by as many.
    std::size_t needed = 1;
    WhenSilent when_silent = WhenSilent::kWait;
  };
  explicit StartCheck(Options options) : options_(options) {}

  // Who is asked, as far as is known; a witness that is none any more does not count.
  void expect(std::vector<std::string> witnesses);
  // The newest word of a witness.
  void note(const std::string& witness, Standing standing);

  // What was shown turned out to be of the log's own tree: who showed it has said nothing yet.
  void forget_proofs();

  // Success: the log may sign, for good once it was said, unless a witness is ahead or beside (kConflict).
  // kUnavailable while too few agree: with WhenSilent::kConfirm only until each was asked once, unless one of
  // them claims more. Where nobody is known it may sign as well then, and that decides nothing for good.
  Result<void> verdict();

 private:
  // How many of those that are asked stand so.
  std::size_t count(Standing standing) const;

  const Options options_;
  std::vector<std::string> expected_;
  std::map<std::string, Standing> standings_;
  bool is_passed_ = false;
};

}  // namespace countersign::authority
