// SPDX-License-Identifier: Apache-2.0
#include "evidence/receipt.h"

#include <iostream>

#include "commands.h"
#include "paper/pdf.h"
#include "paper/receipt_link.h"
#include "storage/file.h"

namespace countersign::app {
namespace {

struct PrintArguments {
  std::string file;
  TrustOptions trust;
  AgeArguments age;
  std::string out;
  std::string link;
};

Result<Bytes> pdf_of(const evidence::Report& report, BytesView file, const PrintArguments& arguments) {
  const TimePoint now = SystemClock().now();
  paper::SheetOptions options{.link = {}, .verified = now};
  if (!arguments.link.empty()) {
    TRY(const std::string address, paper::receipt_address(report));
    TRY(options.link, paper::receipt_link(arguments.link, address));
  }
  TRY(const paper::Sheet sheet, paper::receipt_sheet(report, file, options));
  return paper::write_pdf(sheet, now);
}

// What is not valid is never printed: paper would outlive the warning.
Result<int> print(const PrintArguments& arguments) {
  TRY(const Trust trust, load_trust(arguments.trust));
  TRY(const Bytes file, read_document(arguments.file));
  if (!evidence::is_receipt(file)) return fail(ErrorCode::kUnsupported, arguments.file + ": no receipt");
  TRY(const evidence::AgeOptions age, load_age(arguments.age, trust));
  TRY(const auto stamps, load_stamps(arguments.age));
  const evidence::Report report =
      judge_receipt(file, trust, verify_options(trust), stamps ? &*stamps : nullptr, age);
  if (!report.is_valid()) {
    std::cerr << evidence::write_report_text(report) << "Nothing was printed.\n";
    return kEvidenceRefused;
  }
  TRY(const Bytes pdf, pdf_of(report, file, arguments));
  TRY(storage::write_file(arguments.out, pdf, storage::FileMode::kPrivate));
  return 0;
}

}  // namespace

void add_print_command(CLI::App& group, Command& command) {
  CLI::App* leaf = group.add_subcommand("print", "Verify a receipt and write it as a PDF, with a QR code");
  const auto arguments = std::make_shared<PrintArguments>();
  leaf->add_option("file", arguments->file, "The receipt (*.countersign-receipt.json)")->required();
  add_trust_options(*leaf, arguments->trust);
  add_age_options(*leaf, arguments->age,
                  "Its time-stamps, which show that it was there before its certificates ended");
  leaf->add_option("--out", arguments->out,
                   "The PDF to write; it shows who bought what, so only you can read it")
      ->required();
  leaf->add_option(
      "--link", arguments->link,
      "https URL of a page that verifies receipts, for the QR code to lead to: which receipt it is stands "
      "behind the #, which no browser sends; without it the code holds that address alone");
  leaf->callback([arguments, &command] { command = [arguments] { return print(*arguments); }; });
}

}  // namespace countersign::app
