// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "commands.h"
#include "evidence/receipt.h"

namespace countersign::app {
namespace {

struct VerifyArguments {
  std::string file;
  TrustOptions trust;
  AgeArguments age;
  std::string request;
  std::string review;
  bool json = false;
};

Result<evidence::Report> report_on_receipt(const VerifyArguments& arguments, BytesView file,
                                           const Trust& trust, const evidence::VerifyOptions& options) {
  TRY(const evidence::AgeOptions age, load_age(arguments.age, trust));
  std::vector<documents::Stamp> stamps;
  if (!arguments.age.stamps.empty()) {
    TRY(stamps, read_stamps(arguments.age.stamps));
  }
  evidence::Report report =
      evidence::verify_receipt(file, trust.roots.front(), trust.policy ? &*trust.policy : nullptr, options);
  evidence::judge_age(report, file, stamps.empty() ? nullptr : &stamps, age);
  return report;
}

Result<evidence::Report> report_on(const VerifyArguments& arguments, BytesView file, const Trust& trust) {
  evidence::VerifyOptions options = verify_options(trust);
  if (!arguments.request.empty()) {
    TRY(options.refused_request, read_document(arguments.request));
  }
  if (!arguments.review.empty()) {
    TRY(options.review_result, read_document(arguments.review));
  }
  if (evidence::is_receipt(file)) return report_on_receipt(arguments, file, trust, options);
  if (trust.policy)
    return fail(ErrorCode::kUnsupported, arguments.file + ": no receipt, and a policy is for receipts alone");
  if (!arguments.age.stamps.empty() || !arguments.age.algorithms.empty())
    return fail(ErrorCode::kUnsupported,
                arguments.file + ": no receipt, and stamps and algorithms are judged for receipts alone");
  return evidence::verify_evidence(file, trust.roots.front(), options);
}

Result<int> verify(const VerifyArguments& arguments) {
  TRY(const Trust trust, load_trust(arguments.trust));
  TRY(const Bytes file, read_document(arguments.file));
  TRY(const evidence::Report report, report_on(arguments, file, trust));
  std::cout << (arguments.json ? evidence::write_report_json(report) + "\n"
                               : evidence::write_report_text(report));
  return report.is_valid() ? 0 : kEvidenceRefused;
}

}  // namespace

void add_verify_command(CLI::App& app, Command& command) {
  CLI::App* leaf = app.add_subcommand(
      "verify", "Check a receipt, confirmation, refusal or signed order and all inside it");
  const auto arguments = std::make_shared<VerifyArguments>();
  leaf->add_option("file", arguments->file,
                   "The document: a receipt (*.countersign-receipt.json), or CMS SignedData in DER (*.p7m)")
      ->required();
  add_trust_options(*leaf, arguments->trust);
  add_age_options(
      *leaf, arguments->age,
      "For a receipt: its time-stamps, which show that it was there before its certificates ended");
  leaf->add_option("--request", arguments->request,
                   "For a refusal: the countersigned order that was refused");
  leaf->add_option("--review", arguments->review,
                   "For a split payment: the card company's result, by itself or as the merchant relayed it");
  leaf->add_flag("--json", arguments->json, "Print a report for programs");
  leaf->callback([arguments, &command] { command = [arguments] { return verify(*arguments); }; });
}

}  // namespace countersign::app
