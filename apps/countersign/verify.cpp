// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "commands.h"
#include "evidence/receipt.h"
#include "evidence/report_stamps.h"

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

int print(const std::string& text, bool is_valid) {
  std::cout << text;
  return is_valid ? 0 : kEvidenceRefused;
}

// A signed note, which no signed document and no receipt begins like.
bool is_checkpoint(BytesView file) {
  return !evidence::is_receipt(file) && evidence::stamped_evidence(file).has_value();
}

Result<int> verify_checkpoint(const VerifyArguments& arguments, BytesView file, const Trust& trust) {
  if (!trust.policy)
    return fail(ErrorCode::kMalformed, arguments.file + ": a checkpoint is verified by a --policy");
  TRY(const evidence::AgeOptions age, load_age(arguments.age, trust));
  TRY(const auto stamps, load_stamps(arguments.age));
  const evidence::StampsJudgement judgement = evidence::judge_checkpoint(
      as_text(file), *trust.policy, stamps.value_or(std::vector<documents::Stamp>()), age);
  const bool is_valid = judgement.findings.empty();
  if (arguments.json) return print(evidence::write_judgement_json(judgement, age.now) + "\n", is_valid);
  const std::string verdict =
      is_valid ? "VALID: the log of the policy signed this checkpoint, and as many witnesses as it asks for\n"
               : "NOT VALID: this checkpoint is not proven\n";
  return print(verdict + evidence::write_judgement_text(judgement), is_valid);
}

Result<evidence::Report> report_on(const VerifyArguments& arguments, BytesView file, const Trust& trust) {
  evidence::VerifyOptions options = verify_options(trust);
  if (!arguments.request.empty()) {
    TRY(options.refused_request, read_document(arguments.request));
  }
  if (!arguments.review.empty()) {
    TRY(options.review_result, read_document(arguments.review));
  }
  if (evidence::is_receipt(file)) {
    TRY(const evidence::AgeOptions age, load_age(arguments.age, trust));
    TRY(const auto stamps, load_stamps(arguments.age));
    return judge_receipt(file, trust, options, stamps ? &*stamps : nullptr, age);
  }
  if (trust.policy)
    return fail(
        ErrorCode::kUnsupported,
        arguments.file + ": no receipt or checkpoint, and a policy is for receipts and checkpoints alone");
  if (!arguments.age.stamps.empty() || !arguments.age.algorithms.empty())
    return fail(
        ErrorCode::kUnsupported,
        arguments.file + ": no receipt or checkpoint, and stamps and algorithms are judged for those alone");
  return evidence::verify_evidence(file, trust.roots.front(), options);
}

Result<int> verify(const VerifyArguments& arguments) {
  TRY(const Trust trust, load_trust(arguments.trust));
  TRY(const Bytes file, read_document(arguments.file));
  if (is_checkpoint(file)) return verify_checkpoint(arguments, file, trust);
  TRY(const evidence::Report report, report_on(arguments, file, trust));
  return print(
      arguments.json ? evidence::write_report_json(report) + "\n" : evidence::write_report_text(report),
      report.is_valid());
}

}  // namespace

void add_verify_command(CLI::App& app, Command& command) {
  CLI::App* leaf = app.add_subcommand(
      "verify",
      "Check a receipt, confirmation, refusal or signed order and all inside it, or the checkpoint of a log");
  const auto arguments = std::make_shared<VerifyArguments>();
  leaf->add_option(
          "file", arguments->file,
          "The document: a receipt (*.countersign-receipt.json), CMS SignedData in DER (*.p7m), or a "
          "checkpoint")
      ->required();
  add_trust_options(*leaf, arguments->trust);
  add_age_options(
      *leaf, arguments->age,
      "For a receipt or checkpoint: its time-stamps, which show that it was there before certificates and "
      "algorithms ended");
  leaf->add_option("--request", arguments->request,
                   "For a refusal: the countersigned order that was refused");
  leaf->add_option("--review", arguments->review,
                   "For a split payment: the card company's result, by itself or as the merchant relayed it");
  leaf->add_flag("--json", arguments->json, "Print a report for programs");
  leaf->callback([arguments, &command] { command = [arguments] { return verify(*arguments); }; });
}

}  // namespace countersign::app
