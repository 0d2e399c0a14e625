// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "checkpoint/checkpoint.h"

// Policies: which logs and witnesses somebody trusts, and which witnesses together are enough (C2SP
// tlog-policy).
namespace countersign::checkpoint {

inline constexpr std::size_t kMaxPolicySize = 256 << 10;
inline constexpr std::size_t kMaxPolicyLines = 256;  // of logs, of witnesses, of groups: each

class Policy {
 public:
  // Takes the text of a policy file: lines `log <vkey> [url]`, `witness NAME <vkey> [url]`, `group NAME
  // k|any|all members…`, one `quorum NAME|none`, empty lines and comments; each names only what stands above
  // it. kMalformed; kTooLarge; kUnsupported for a log's key that is not of type kEd25519 and a witness's that
  // is not of type kCosignature. Errors begin with the line.
  static Result<Policy> parse(std::string_view text);

  const std::vector<VerifierKey>& logs() const { return logs_; }
  const std::vector<VerifierKey>& witnesses() const { return witnesses_; }
  // In the order of logs() and witnesses(). NAMEs are octets of any kind; URLs are empty where there is none,
  // and otherwise as they stand there.
  const std::vector<std::string>& log_urls() const { return log_urls_; }
  const std::vector<std::string>& witness_names() const { return witness_names_; }
  const std::vector<std::string>& witness_urls() const { return witness_urls_; }
  // Whether the quorum is `none`.
  bool needs_no_witness() const { return !quorum_; }

  // verify verifies a checkpoint with the keys of the log of its origin and of all witnesses.
  // kNotFound where no such log is listed; else as verify_checkpoint. Whether it has enough cosignatures is
  // for is_satisfied_by.
  Result<VerifiedCheckpoint> verify(std::string_view note) const;
  // NAMEs of the witnesses that cosigned.
  std::vector<std::string> names_of(std::span<const Cosignature> cosignatures) const;
  // Whether these witnesses, by NAME, are a quorum; others that are named, and groups, count for nothing.
  bool is_satisfied_by(std::span<const std::string> names_of_witnesses) const;

 private:
  // Voter is a witness or a group, which counts when `threshold` of its members do. Members come before it.
  struct Voter {
    std::string name;
    std::vector<std::size_t> members = {};  // none: a witness
    std::size_t threshold = 0;
    bool is_member = false;  // of a group
  };
  using Words = std::span<const std::string_view>;  // of a line, its keyword left out

  Policy() = default;
  Result<void> read_line(std::string_view line);
  Result<void> add_log(Words words);
  Result<void> add_witness(Words words);
  Result<void> add_group(Words words);
  Result<void> set_quorum(Words words);
  Result<void> add_voter(Voter voter);
  Result<std::size_t> find_voter(std::string_view name) const;

  std::vector<VerifierKey> logs_, witnesses_;
  std::vector<std::string> log_urls_, witness_names_, witness_urls_;
  std::vector<Voter> voters_;
  std::optional<std::size_t> quorum_;  // index of a voter
  bool has_quorum_line_ = false;
};

}  // namespace countersign::checkpoint
