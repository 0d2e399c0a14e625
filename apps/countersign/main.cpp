// SPDX-License-Identifier: Apache-2.0
// countersign: verifies and inspects evidence, offline, for anyone. Holds nothing.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>

#include "documents/json.h"
#include "evidence/inspect.h"
#include "evidence/verify.h"
#include "storage/secret_folder.h"

namespace countersign {
namespace {

constexpr std::size_t kLargestFile = 1 << 20;
// Exit codes: scripts tell a refusal of the evidence from a file that could not be read.
constexpr int kEvidenceRefused = 1;
constexpr int kUnusable = 2;

struct Arguments {
  std::string file;
  std::vector<std::string> roots;
  std::string request;
  std::string review;
  bool json = false;
};

int complain(const Error& error, const std::string& file) {
  std::cerr << "countersign: " << file << ": " << error.detail << " (" << error_name(error.code) << ")\n";
  return kUnusable;
}

int verify(const Arguments& arguments) {
  std::vector<x509::Certificate> roots;
  for (const std::string& place : arguments.roots) {
    const Result<Bytes> pem = storage::read_file(place, kLargestFile);
    if (!pem) return complain(pem.error(), place);
    Result<x509::Certificate> root = x509::Certificate::from_pem(as_text(pem.value()));
    if (!root) return complain(root.error(), place);
    roots.push_back(std::move(root).value());
  }
  const Result<Bytes> file = storage::read_file(arguments.file, kLargestFile);
  if (!file) return complain(file.error(), arguments.file);

  evidence::VerifyOptions options;
  options.at = SystemClock().now();
  options.other_roots.assign(roots.begin() + 1, roots.end());
  if (!arguments.request.empty()) {
    Result<Bytes> request = storage::read_file(arguments.request, kLargestFile);
    if (!request) return complain(request.error(), arguments.request);
    options.refused_request = std::move(request).value();
  }
  if (!arguments.review.empty()) {
    Result<Bytes> review = storage::read_file(arguments.review, kLargestFile);
    if (!review) return complain(review.error(), arguments.review);
    options.review_result = std::move(review).value();
  }
  const evidence::Report report = evidence::verify_evidence(file.value(), roots.front(), options);
  std::cout << (arguments.json ? evidence::write_report_json(report) + "\n"
                               : evidence::write_report_text(report));
  return report.is_valid() ? 0 : kEvidenceRefused;
}

int inspect(const Arguments& arguments) {
  const Result<Bytes> file = storage::read_file(arguments.file, kLargestFile);
  if (!file) return complain(file.error(), arguments.file);
  const Result<boost::json::value> tree = evidence::inspect(file.value());
  if (!tree) return complain(tree.error(), arguments.file);
  std::cout << (arguments.json ? documents::write_json(tree.value()) + "\n"
                               : evidence::write_inspection_text(tree.value()));
  return 0;
}

}  // namespace
}  // namespace countersign

int main(int argc, char** argv) {
  CLI::App app{"Verifies and inspects evidence of transactions, offline."};
  app.require_subcommand(1);
  countersign::Arguments arguments;

  CLI::App* verify =
      app.add_subcommand("verify", "Check a confirmation, refusal or signed order and all inside it");
  verify->add_option("file", arguments.file, "The document: CMS SignedData in DER (*.p7m)")->required();
  verify
      ->add_option("--root", arguments.roots,
                   "The network root's certificate (PEM), the only thing trusted; once more for the root "
                   "that followed it, of what was signed while it did")
      ->required()
      ->allow_extra_args(false);
  verify->add_option("--request", arguments.request,
                     "For a refusal: the countersigned order that was refused");
  verify->add_option(
      "--review", arguments.review,
      "For a split payment: the card company's result, by itself or as the merchant relayed it");
  verify->add_flag("--json", arguments.json, "Print a report for programs");

  CLI::App* inspect = app.add_subcommand("inspect", "Show what a file says, without believing it");
  inspect->add_option("file", arguments.file, "A signed document, certificate or JSON document")->required();
  inspect->add_flag("--json", arguments.json, "Print a tree for programs");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : countersign::kUnusable;
  }
  return verify->parsed() ? countersign::verify(arguments) : countersign::inspect(arguments);
}
