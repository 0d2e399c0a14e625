// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/policy.h"
#include "evidence/stamps.h"
#include "evidence/verify.h"

namespace countersign::app {

// Exit codes, so that scripts tell a refusal of the evidence from a file that could not be read.
inline constexpr int kEvidenceRefused = 1;
inline constexpr int kUnusable = 2;
inline constexpr int kUndecided = 3;  // two receipts that do not say enough

// What the chosen subcommand does: its exit code, or why it could not be done.
using Command = std::function<Result<int>()>;

// What the holder of evidence trusts.
struct TrustOptions {
  std::vector<std::string> roots;
  std::string policy;
};
void add_trust_options(CLI::App& command, TrustOptions& options);
struct Trust {
  std::vector<x509::Certificate> roots;  // at least one
  std::optional<checkpoint::Policy> policy;
};
Result<Trust> load_trust(const TrustOptions& options);
// For a verification of now.
evidence::VerifyOptions verify_options(const Trust& trust);
// What the holder of evidence that is stamped anew trusts beyond that.
struct AgeArguments {
  std::string stamps;  // file of the stamps
  std::vector<std::string> authorities;
  std::string algorithms;
};
// `stamps_help` says what the file is for.
void add_age_options(CLI::App& command, AgeArguments& arguments, const std::string& stamps_help);
// For a judgement of now; the roots of the network are the trust's.
Result<evidence::AgeOptions> load_age(const AgeArguments& arguments, const Trust& trust);
Result<std::vector<documents::Stamp>> read_stamps(const std::string& file);
// Those that are named; absent where none are. kMalformed where authorities are named without.
Result<std::optional<std::vector<documents::Stamp>>> load_stamps(const AgeArguments& arguments);
// What a receipt is worth: as of its decision, and by `age` now, with those stamps (nullptr: none).
evidence::Report judge_receipt(BytesView receipt, const Trust& trust, const evidence::VerifyOptions& options,
                               const std::vector<documents::Stamp>* stamps, const evidence::AgeOptions& age);
// A receipt or what it is made of; errors name the file.
Result<Bytes> read_document(const std::string& file);

void add_verify_command(CLI::App& app, Command& command);
void add_compare_command(CLI::App& app, Command& command);
void add_inspect_command(CLI::App& app, Command& command);
void add_receipt_commands(CLI::App& app, Command& command);
void add_print_command(CLI::App& group, Command& command);   // of that group
void add_stamp_commands(CLI::App& group, Command& command);  // alike
void add_log_commands(CLI::App& app, Command& command);

}  // namespace countersign::app
