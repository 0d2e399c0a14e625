// SPDX-License-Identifier: Apache-2.0
#include "commands.h"
#include "documents/receipt.h"
#include "storage/file.h"

namespace countersign::app {
namespace {

constexpr std::size_t kLargestPem = 64 << 10;

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

Result<Bytes> read_document(const std::string& file) {
  return storage::read_file(file, documents::kMaxReceipt);
}

}  // namespace countersign::app
