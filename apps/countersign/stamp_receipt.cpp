// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <iostream>

#include "commands.h"
#include "crypto/random.h"
#include "documents/receipt.h"
#include "evidence/receipt.h"
#include "evidence/report_stamps.h"
#include "http/client.h"
#include "http/url.h"
#include "storage/file.h"
#include "x509/time_stamp.h"

namespace countersign::app {
namespace {

using documents::Stamp;
using documents::StampCoverage;
using documents::StampedEvidence;

constexpr std::size_t kNonceSize = 8;

struct StampArguments {
  std::string file;
  TrustOptions trust;
  AgeArguments age;
  std::string url;
  std::string hash = "sha-256";
  std::string folder;
  std::optional<int> within_days;
};

// The companion of that file, unless another one is named.
std::filesystem::path stamps_file(const StampArguments& arguments) {
  if (!arguments.age.stamps.empty()) return arguments.age.stamps;
  std::string name = arguments.file;
  if (name.ends_with(documents::kReceiptFileEnding))
    name.resize(name.size() - documents::kReceiptFileEnding.size());
  return name.append(documents::kStampsFileEnding);
}

// What is to be stamped, and what its keeper trusts.
struct Subject {
  Bytes file;
  Trust trust;
  evidence::AgeOptions age;
  StampedEvidence evidence;
  bool is_receipt() const { return !evidence.receipt.empty(); }
};

Result<Subject> load_subject(const StampArguments& arguments) {
  Subject subject;
  TRY(subject.trust, load_trust(arguments.trust));
  TRY(subject.age, load_age(arguments.age, subject.trust));
  TRY(subject.file, read_document(arguments.file));
  TRY(subject.evidence, evidence::stamped_evidence(subject.file));
  if (!subject.is_receipt() && !subject.trust.policy)
    return fail(ErrorCode::kMalformed, arguments.file + ": a checkpoint is verified by a --policy");
  return subject;
}

// Whether evidence is good, and until when stamps show that.
struct Standing {
  bool is_good = false;
  std::optional<TimePoint> until;
};

// With those stamps (nullptr: there are none yet); told where it is wrong, or no longer shown: a stamp makes
// nothing better.
Standing judge(const Subject& subject, const std::vector<Stamp>* stamps) {
  if (!subject.is_receipt()) {
    const std::vector<Stamp> none;
    const auto judgement = evidence::judge_checkpoint(as_text(subject.file), *subject.trust.policy,
                                                      stamps == nullptr ? none : *stamps, subject.age);
    std::cout << evidence::write_judgement_text(judgement);
    if (!judgement.findings.empty()) return {};
    return {true, judgement.statement.until};
  }
  const evidence::Report report =
      judge_receipt(subject.file, subject.trust, verify_options(subject.trust), stamps, subject.age);
  if (!report.is_valid()) {
    std::cout << evidence::write_report_text(report);
    return {};
  }
  if (!report.stamps) return {true, std::nullopt};
  std::string text;
  evidence::write_stamp_lines(text, report);
  std::cout << text;
  return {true, report.stamps->until};
}

// RFC 3161 §3.4. Who answers is not judged: the token is.
Result<Bytes> ask_for_token(const std::string& address, BytesView request) {
  TRY(const http::Url url, http::parse_url(address));
  TRY(const auto client, http::Client::create(url.origin(), {}));
  TRY(const http::Response response,
      client->post(url.path, to_bytes(request), "application/timestamp-query"));
  if (response.status != 200)
    return fail(ErrorCode::kUnavailable, address + ": answered " + std::to_string(response.status));
  auto token = x509::read_time_stamp_response(response.body);
  if (!token) return fail(std::move(token).error(), address);
  return token;
}

Result<Stamp> ask_for_stamp(const StampArguments& arguments, const StampedEvidence& evidence,
                            std::span<const Stamp> earlier, const evidence::AgeOptions& age) {
  Stamp stamp;
  stamp.covers = evidence.receipt.empty() ? StampCoverage::kCheckpoint : StampCoverage::kReceipt;
  const auto hash = crypto::hash_of_name(arguments.hash);
  if (!hash) return fail(ErrorCode::kUnsupported, "--hash: sha-256, sha-384 or sha-512");
  stamp.hash = *hash;
  const std::string covered = documents::covered_by(stamp.covers, stamp.hash, evidence, earlier);
  const Bytes digest = crypto::hash(stamp.hash, as_bytes(covered));
  const Bytes nonce = crypto::random_bytes(kNonceSize);
  TRY(const Bytes request, x509::make_time_stamp_request(stamp.hash, digest, nonce));
  TRY(stamp.token, ask_for_token(arguments.url, request));
  auto verified = x509::verify_stamp_token(stamp.token, stamp.hash, digest, age.authorities, nonce);
  if (!verified) return fail(std::move(verified).error(), arguments.url);
  return stamp;
}

// Adds one and writes the file, unless the evidence is worth nothing with it, or no more than without.
Result<int> add_stamp(const StampArguments& arguments, Subject& subject, std::vector<Stamp> stamps,
                      std::optional<TimePoint> until) {
  if (stamps.size() == documents::kMaxStamps)
    return fail(ErrorCode::kTooLarge, "there are 64 stamps already");
  TRY(Stamp stamp, ask_for_stamp(arguments, subject.evidence, stamps, subject.age));
  stamps.push_back(std::move(stamp));
  subject.age.now = SystemClock().now();
  const std::optional<TimePoint> anew = judge(subject, &stamps).until;
  if (!anew) {
    std::cout << "Nothing was written.\n";
    return kEvidenceRefused;
  }
  if (until && *anew <= *until)
    return fail(ErrorCode::kExpired, arguments.url + ": its stamp ends no later than those that are there, " +
                                         format_time(*until) +
                                         ", and was not taken: ask another authority, or later");
  TRY(storage::write_file(stamps_file(arguments), documents::write_stamps(stamps),
                          storage::FileMode::kPublic));
  return 0;
}

Result<int> stamp(const StampArguments& arguments) {
  std::error_code error;
  if (std::filesystem::exists(stamps_file(arguments), error))
    return fail(ErrorCode::kConflict, stamps_file(arguments).string() + ": is there already; renew it");
  TRY(Subject subject, load_subject(arguments));
  if (!judge(subject, nullptr).is_good) return kEvidenceRefused;  // before anybody is asked for a stamp
  return add_stamp(arguments, subject, {}, std::nullopt);
}

Result<int> renew(const StampArguments& arguments) {
  TRY(Subject subject, load_subject(arguments));
  TRY(const std::vector<Stamp> stamps, read_stamps(stamps_file(arguments).string()));
  const std::optional<TimePoint> until = judge(subject, &stamps).until;
  if (!until) {
    std::cout << "Too late, or wrong: another stamp would make nothing better.\n";
    return kEvidenceRefused;
  }
  if (arguments.within_days && subject.age.now + std::chrono::days(*arguments.within_days) < *until) {
    std::cout << "Not due yet.\n";
    return 0;
  }
  return add_stamp(arguments, subject, stamps, until);
}

// For other programs: what each token is over, and the token.
Result<int> unpack(const StampArguments& arguments) {
  TRY(const Bytes file, read_document(arguments.file));
  TRY(const StampedEvidence evidence, evidence::stamped_evidence(file));
  TRY(const std::vector<Stamp> stamps, read_stamps(stamps_file(arguments).string()));
  std::error_code error;
  std::filesystem::create_directories(arguments.folder, error);
  if (error) return fail(ErrorCode::kUnavailable, arguments.folder + ": " + error.message());
  const std::span<const Stamp> all(stamps);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].covers == StampCoverage::kReceipt && evidence.receipt.empty())
      return fail(ErrorCode::kConflict, arguments.file + ": a checkpoint, and the stamps are over a receipt");
    const std::filesystem::path name =
        std::filesystem::path(arguments.folder) / ("stamp-" + std::to_string(i));
    const std::string covered = documents::covered_by(all[i].covers, all[i].hash, evidence, all.first(i));
    TRY(storage::write_file(name.string() + ".covered", as_bytes(covered), storage::FileMode::kPublic));
    TRY(storage::write_file(name.string() + ".token", all[i].token, storage::FileMode::kPublic));
  }
  std::cout << all.size()
            << " tokens. `openssl ts -verify -token_in -in stamp-N.token -data stamp-N.covered` "
            << "judges each.\n";
  return 0;
}

void add(CLI::App& leaf, const std::shared_ptr<StampArguments>& arguments, Command& command,
         Result<int> (*work)(const StampArguments&)) {
  leaf.add_option("file", arguments->file,
                  "A receipt (*.countersign-receipt.json), or the checkpoint of a log")
      ->required();
  leaf.callback([arguments, &command, work] { command = [arguments, work] { return work(*arguments); }; });
}

const char* const kStampsHelp =
    "File of the stamps; NAME.countersign-stamps.json beside the receipt unless given";

void add_asking(CLI::App& leaf, StampArguments& arguments) {
  add_trust_options(leaf, arguments.trust);
  add_age_options(leaf, arguments.age, kStampsHelp);
  leaf.add_option("--from", arguments.url,
                  "URL of a time-stamping authority (RFC 3161); of a data centre: its status URL and "
                  "/v1/time-stamps")
      ->required();
  leaf.add_option("--hash", arguments.hash,
                  "sha-256 (which data centres take), sha-384 or sha-512: of all that is covered");
}

}  // namespace

void add_stamp_commands(CLI::App& group, Command& command) {
  const auto first = std::make_shared<StampArguments>();
  CLI::App* leaf = group.add_subcommand("stamp", "Have it stamped that this was there by now");
  add(*leaf, first, command, stamp);
  add_asking(*leaf, *first);

  const auto next = std::make_shared<StampArguments>();
  leaf =
      group.add_subcommand("renew", "Add a stamp over this and all stamps before, while those still count");
  add(*leaf, next, command, renew);
  add_asking(*leaf, *next);
  leaf->add_option("--within-days", next->within_days, "Only where the stamps end within so many days")
      ->check(CLI::NonNegativeNumber);

  const auto unpacked = std::make_shared<StampArguments>();
  leaf =
      group.add_subcommand("unpack-stamps", "Write each token and what it is over, for `openssl ts -verify`");
  add(*leaf, unpacked, command, unpack);
  leaf->add_option("folder", unpacked->folder, "Where to")->required();
  leaf->add_option("--stamps", unpacked->age.stamps, kStampsHelp);
}

}  // namespace countersign::app
