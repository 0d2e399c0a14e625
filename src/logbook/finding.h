// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace countersign::logbook {

// FindingKind says what is wrong with a log or a file of it. The names (`finding_name`) are stable.
enum class FindingKind {
  kMissing,      // a file that belongs there is not
  kTorn,         // it ends before its time
  kTooLong,      // it goes on after its end
  kUnreadable,   // there is something, and it cannot be read
  kWrong,        // its octets are not those that were signed
  kSignature,    // the checkpoint is not signed by its log, or not a checkpoint
  kUnwitnessed,  // fewer witnesses cosigned it than the policy wants
  kRoot,         // the files, which agree with each other, lead to another root than the checkpoint's
  kFork,         // the log signed two trees that contradict each other
  kOlder,        // a checkpoint that was given is newer than the folder's
  kEntry,        // what was logged is no entry of a confirmation
  kDouble,       // one confirmation stands at two indices
  kStore,        // the authority's store says something else
};
std::string_view finding_name(FindingKind kind);

// First and last octet of a part of a file, counted from 0.
struct OctetRange {
  std::uint64_t first = 0, last = 0;
  friend bool operator==(const OctetRange&, const OctetRange&) = default;
};

// Finding is one thing that is wrong, of a file at most one.
struct Finding {
  FindingKind kind;
  std::string file;                         // path in the folder; empty: of none
  std::string what;                         // in words, without the file's name
  std::optional<std::uint64_t> index = {};  // the first entry of the log that it concerns
  std::optional<OctetRange> octets = {};    // the first part of the file that is wrong or not there
  // By the signed root. Otherwise the files contradict each other, and this one is what the fewer of them
  // say.
  bool is_certain = true;
  bool is_of_store = false;  // the authority's, which an audit compared
};

}  // namespace countersign::logbook
