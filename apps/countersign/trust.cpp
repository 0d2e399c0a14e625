// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "commands.h"
#include "documents/receipt.h"
#include "evidence/receipt.h"
#include "storage/file.h"

namespace countersign::app {
namespace {

constexpr std::size_t kLargestPem = 64 << 10;

Result<evidence::AlgorithmPolicy> load_algorithms(const std::string& file) {
  TRY(const Bytes text, storage::read_file(file, evidence::kMaxAlgorithmPolicy));
  auto algorithms = evidence::AlgorithmPolicy::parse(as_text(text));
  if (!algorithms) return fail(std::move(algorithms).error(), file);
  return algorithms;
}

}  // namespace

void add_trust_options(CLI::App& command, TrustOptions& options) {
  command
      .add_option("--root", options.roots,
                  "The network root's certificate (PEM), the only thing trusted; once more for the root "
                  "that followed it, of what was signed while it did")
      ->required()
      ->allow_extra_args(false);
  command.add_option(
      "--policy", options.policy,
      "For receipts: which logs and witnesses you trust, and how many must have seen it "
      "(c2sp.org/tlog-policy); without it the log's key is taken from the network map in the receipt");
}

Result<Trust> load_trust(const TrustOptions& options) {
  Trust trust;
  for (const std::string& file : options.roots) {
    TRY(const Bytes pem, storage::read_file(file, kLargestPem));
    auto root = x509::Certificate::from_pem(as_text(pem));
    if (!root) return fail(std::move(root).error(), file);
    trust.roots.push_back(std::move(root).value());
  }
  if (options.policy.empty()) return trust;
  TRY(const Bytes text, storage::read_file(options.policy, checkpoint::kMaxPolicySize));
  auto policy = checkpoint::Policy::parse(as_text(text));
  if (!policy) return fail(std::move(policy).error(), options.policy);
  trust.policy = std::move(policy).value();
  return trust;
}

evidence::VerifyOptions verify_options(const Trust& trust) {
  evidence::VerifyOptions options;
  options.at = SystemClock().now();
  options.other_roots.assign(trust.roots.begin() + 1, trust.roots.end());
  return options;
}

void add_age_options(CLI::App& command, AgeArguments& arguments, const std::string& stamps_help) {
  command.add_option("--stamps", arguments.stamps, stamps_help);
  command
      .add_option("--stamp-root", arguments.authorities,
                  "Roots (PEM) of time-stamping authorities that you trust besides the network's own; may be "
                  "repeated")
      ->allow_extra_args(false);
  command.add_option("--algorithms", arguments.algorithms,
                     "Until when you trust which algorithms: lines `sunset NAME TIME`");
}

Result<evidence::AgeOptions> load_age(const AgeArguments& arguments, const Trust& trust) {
  evidence::AgeOptions options;
  options.now = SystemClock().now();
  options.authorities.network_roots = trust.roots;
  for (const std::string& file : arguments.authorities) {
    TRY(const Bytes pem, storage::read_file(file, kLargestPem));
    auto roots = x509::stamp_roots_from_pem(as_text(pem));
    if (!roots) return fail(std::move(roots).error(), file);
    std::ranges::move(roots.value(), std::back_inserter(options.authorities.other_roots));
  }
  if (!arguments.algorithms.empty()) {
    TRY(options.algorithms, load_algorithms(arguments.algorithms));
  }
  return options;
}

Result<std::vector<documents::Stamp>> read_stamps(const std::string& file) {
  TRY(const Bytes json, storage::read_file(file, documents::kMaxStampsFile));
  auto stamps = documents::parse_stamps(json);
  if (!stamps) return fail(std::move(stamps).error(), file);
  return stamps;
}

Result<std::optional<std::vector<documents::Stamp>>> load_stamps(const AgeArguments& arguments) {
  std::optional<std::vector<documents::Stamp>> stamps;
  if (arguments.stamps.empty() && !arguments.authorities.empty())
    return fail(ErrorCode::kMalformed, "--stamp-root: says who may stamp, and no --stamps are given");
  if (!arguments.stamps.empty()) {
    TRY(stamps, read_stamps(arguments.stamps));
  }
  return stamps;
}

evidence::Report judge_receipt(BytesView receipt, const Trust& trust, const evidence::VerifyOptions& options,
                               const std::vector<documents::Stamp>* stamps, const evidence::AgeOptions& age) {
  evidence::Report report = evidence::verify_receipt(receipt, trust.roots.front(),
                                                     trust.policy ? &*trust.policy : nullptr, options);
  evidence::judge_age(report, receipt, stamps, age);
  return report;
}

Result<Bytes> read_document(const std::string& file) {
  return storage::read_file(file, documents::kMaxReceipt);
}

}  // namespace countersign::app
