// SPDX-License-Identifier: Apache-2.0
#include "evidence/receipt.h"

#include <algorithm>

#include "checkpoint/log_proof.h"
#include "documents/text_rules.h"

namespace countersign::evidence {
namespace {

using checkpoint::VerifierKey;

constexpr std::string_view kWhiteSpace = " \t\r\n";
constexpr std::size_t kMostShownName = 100;

// Witness is one whose cosignature means something here.
struct Witness {
  std::string name;
  VerifierKey key;
  bool is_own = false;
};

// Who says which log and which witnesses these are: a policy, or a map; neither: the maps in the receipt.
struct LogTrust {
  const checkpoint::Policy* policy = nullptr;
  const documents::NetworkMap* map = nullptr;
};

// ReceiptExamination is the verification of one receipt under way: the confirmation first, then outwards from
// its leaf to the root, the log's signature and the witnesses.
class ReceiptExamination {
 public:
  ReceiptExamination(const x509::Certificate& root, const LogTrust& trust, const VerifyOptions& options)
      : root_(root), policy_(trust.policy), map_(trust.map), options_(options) {}

  void read(BytesView file);
  void judge();
  Report report() && { return std::move(report_); }

 private:
  void find(ErrorCode code, std::string path, std::string detail) {
    report_.findings.push_back({code, std::move(path), std::move(detail)});
  }
  void find(const Error& error, std::string path) { find(error.code, std::move(path), error.detail); }

  void judge_place();
  void judge_inclusion();
  void judge_map(BytesView der, const std::string& path);
  Result<documents::VerifiedMap> verify_map(BytesView der) const;
  std::vector<VerifierKey> keys_of_policy() const;
  const documents::MappedLog* log_in(const documents::NetworkMap& map) const;
  std::vector<VerifierKey> keys_of_maps();
  std::vector<VerifierKey> trusted_keys();
  void judge_signature();
  std::vector<Witness> known_witnesses() const;
  void judge_witnesses();
  std::optional<TimePoint> judge_cosignature(const checkpoint::NoteSignature& cosignature,
                                             const Witness& witness);
  void judge_quorum(std::span<const std::string> witnesses);

  const x509::Certificate& root_;
  const checkpoint::Policy* policy_;
  const documents::NetworkMap* map_;
  const VerifyOptions& options_;
  documents::Receipt receipt_;
  checkpoint::LogProof proof_;
  checkpoint::Note note_;
  std::vector<documents::VerifiedMap> maps_;
  Report report_;
};

void ReceiptExamination::read(BytesView file) {
  report_.kind = EvidenceKind::kReceipt;
  auto receipt = documents::parse_receipt(file);
  if (!receipt) return find(receipt.error(), "receipt");
  receipt_ = std::move(receipt).value();
  VerifyOptions options = options_;
  options.expected = EvidenceKind::kConfirmation;
  report_ = verify_evidence(receipt_.confirmation, root_, options);
  report_.kind = EvidenceKind::kReceipt;
  auto proof = checkpoint::parse_log_proof(receipt_.proof);
  if (!proof) return find(proof.error(), "receipt.proof");
  proof_ = std::move(proof).value();
  auto note = checkpoint::parse_note(proof_.checkpoint);
  if (!note) return find(note.error(), "receipt.proof");
  note_ = std::move(note).value();
  auto stated = checkpoint::parse_checkpoint_text(note_.text);
  if (!stated) return find(stated.error(), "receipt.proof");
  report_.log = LogStatement{.checkpoint = std::move(stated).value(),
                             .index = proof_.index,
                             .state = receipt_.state,
                             .key = {},
                             .witnesses = {},
                             .has_quorum = {},
                             .until = {}};
}

void ReceiptExamination::judge() {
  for (std::size_t i = 0; i < receipt_.maps.size(); ++i)
    judge_map(receipt_.maps[i], "receipt.maps[" + std::to_string(i) + "]");
  if (!report_.log) return;
  if (report_.confirmation) {
    judge_place();
    judge_inclusion();
  }
  judge_signature();
  judge_witnesses();
}

void ReceiptExamination::judge_place() {
  const documents::Confirmation& confirmation = *report_.confirmation;
  const LogStatement& log = *report_.log;
  if (!confirmation.log) {
    find(ErrorCode::kNotFound, "confirmation.log", "it names no log: it is from before the log");
  } else if (*confirmation.log != log.checkpoint.origin) {
    find(ErrorCode::kConflict, "log.origin",
         "the checkpoint is of " + log.checkpoint.origin + ", the confirmation in " + *confirmation.log);
  }
  if (log.index != static_cast<std::uint64_t>(confirmation.index)) {
    find(ErrorCode::kConflict, "log.index",
         "the proof is of number " + std::to_string(log.index) + ", the confirmation is number " +
             std::to_string(confirmation.index));
  }
}

void ReceiptExamination::judge_inclusion() {
  LogStatement& log = *report_.log;
  const auto entry =
      documents::entry_of_confirmation(report_.confirmation->id, receipt_.nonce, receipt_.confirmation);
  if (!entry) return find(entry.error().code, "log.inclusion", entry.error().detail);
  log.leaf = merkle::leaf_hash(documents::write_log_entry(entry.value()));
  const auto included =
      merkle::verify_inclusion(log.leaf, log.index, log.checkpoint.size, log.checkpoint.root, proof_.proof);
  log.is_included = included.has_value();
  if (!included) {
    find(included.error().code, "log.inclusion",
         "the proof does not lead from this confirmation to the checkpoint's root: " +
             included.error().detail);
  }
}

// Under the root that certified its signer; what is said of one that no root certified is what the given root
// says.
Result<documents::VerifiedMap> ReceiptExamination::verify_map(BytesView der) const {
  auto under_given = documents::verify_map_as_issued(der, root_);
  if (under_given) return under_given;
  for (const x509::Certificate& root : options_.other_roots)
    if (auto verified = documents::verify_map_as_issued(der, root)) return verified;
  return under_given;
}

void ReceiptExamination::judge_map(BytesView der, const std::string& path) {
  auto verified = verify_map(der);
  if (!verified) return find(verified.error(), path);
  const documents::NetworkMap& map = verified.value().map;
  if (report_.confirmation && map.expires <= report_.confirmation->time)
    return find(ErrorCode::kExpired, path, "it was over when this was confirmed");
  const x509::Certificate& signer = verified.value().signer;
  report_.maps.push_back({.version = map.version,
                          .issued = map.issued,
                          .expires = map.expires,
                          .signer = signer,
                          .until = std::min(signer.not_after(), map.root.not_after())});
  maps_.push_back(std::move(verified).value());
}

std::vector<VerifierKey> ReceiptExamination::keys_of_policy() const {
  std::vector<VerifierKey> keys;
  for (const VerifierKey& key : policy_->logs())
    if (key.name == report_.log->checkpoint.origin) keys.push_back(key);
  return keys;
}

// What a map says of the checkpoint's log; nullptr where it does not name it for the confirmation's data
// centre.
const documents::MappedLog* ReceiptExamination::log_in(const documents::NetworkMap& map) const {
  if (!report_.confirmation) return nullptr;
  const auto* centre = documents::find_data_centre(map, report_.confirmation->data_centre);
  if (centre == nullptr || !centre->log || centre->log->origin != report_.log->checkpoint.origin)
    return nullptr;
  return &*centre->log;
}

// Also says which maps in the receipt name the log, and until when they do.
std::vector<VerifierKey> ReceiptExamination::keys_of_maps() {
  std::vector<VerifierKey> keys;
  LogStatement& log = *report_.log;
  for (std::size_t i = 0; i < maps_.size(); ++i) {
    const documents::MappedLog* named = log_in(maps_[i].map);
    if (named == nullptr) continue;
    report_.maps[i].names_log = true;
    log.until = std::min(log.until.value_or(report_.maps[i].until), report_.maps[i].until);
    if (std::ranges::find(keys, named->key) == keys.end()) keys.push_back(named->key);
  }
  return keys;
}

std::vector<VerifierKey> ReceiptExamination::trusted_keys() {
  std::vector<VerifierKey> of_maps = keys_of_maps();
  if (policy_ == nullptr && map_ == nullptr) return of_maps;
  report_.log->until.reset();
  if (policy_ != nullptr) return keys_of_policy();
  const documents::MappedLog* named = log_in(*map_);
  return named == nullptr ? std::vector<VerifierKey>() : std::vector{named->key};
}

void ReceiptExamination::judge_signature() {
  LogStatement& log = *report_.log;
  const std::vector<VerifierKey> keys = trusted_keys();
  if (keys.empty()) {
    return find(ErrorCode::kNotFound, "log.key",
                policy_ == nullptr ? "no policy was given, and no network map in the receipt names this log "
                                     "for the confirmation's data centre"
                                   : "the policy names no key of the log " + log.checkpoint.origin);
  }
  log.key_source = policy_ == nullptr ? LogKeySource::kMap : LogKeySource::kPolicy;
  const auto has_signed = [&](const VerifierKey& key) {
    return std::ranges::any_of(note_.signatures,
                               [&](const auto& signature) { return is_named_by(signature, key); });
  };
  const auto signer = std::ranges::find_if(keys, has_signed);
  log.key = signer == keys.end() ? keys.front() : *signer;
  const auto verified = checkpoint::verify_checkpoint(proof_.checkpoint, keys, {});
  log.is_signed = verified.has_value();
  if (!verified) find(verified.error(), "log.signature");
}

std::vector<Witness> ReceiptExamination::known_witnesses() const {
  std::vector<Witness> known;
  if (policy_ != nullptr) {
    for (std::size_t i = 0; i < policy_->witnesses().size(); ++i)
      known.push_back({policy_->witness_names()[i], policy_->witnesses()[i]});
    return known;
  }
  const auto add_of = [&](const documents::NetworkMap& map) {
    for (const documents::MappedDataCentre& centre : map.data_centres) {
      if (!centre.witness) continue;
      const VerifierKey& key = centre.witness->key;
      auto same = std::ranges::find(known, key, &Witness::key);
      if (same == known.end()) same = known.insert(same, {key.name, key});
      if (report_.confirmation && centre.name == report_.confirmation->data_centre) same->is_own = true;
    }
  };
  if (map_ != nullptr) {
    add_of(*map_);
  } else {
    for (const documents::VerifiedMap& verified : maps_) add_of(verified.map);
  }
  return known;
}

// The time of a cosignature that counts.
std::optional<TimePoint> ReceiptExamination::judge_cosignature(const checkpoint::NoteSignature& cosignature,
                                                               const Witness& witness) {
  const std::string path = "log.witnesses." + documents::to_plain_text(witness.name, kMostShownName);
  const auto time = checkpoint::verify_cosignature(note_.text, cosignature, witness.key);
  if (!time) {
    find(time.error(), path);
    return std::nullopt;
  }
  if (report_.confirmation && time.value() + options_.tolerance < report_.confirmation->time) {
    find(ErrorCode::kConflict, path, "it was cosigned before the confirmation that it covers was decided");
    return std::nullopt;
  }
  return time.value();
}

void ReceiptExamination::judge_witnesses() {
  std::vector<std::string> counted;
  for (const Witness& witness : known_witnesses()) {
    WitnessStatement statement{documents::to_plain_text(witness.name, kMostShownName), {}, witness.is_own};
    for (const checkpoint::NoteSignature& signature : note_.signatures)
      if (is_named_by(signature, witness.key)) statement.cosigned = judge_cosignature(signature, witness);
    if (statement.cosigned) counted.push_back(witness.name);
    if (statement.cosigned || policy_ != nullptr) report_.log->witnesses.push_back(std::move(statement));
  }
  if (policy_ != nullptr) judge_quorum(counted);
}

void ReceiptExamination::judge_quorum(std::span<const std::string> witnesses) {
  LogStatement& log = *report_.log;
  log.has_quorum = policy_->is_satisfied_by(witnesses);
  if (*log.has_quorum) return;
  std::string detail = "too few witnesses of the policy have cosigned the checkpoint";
  if (log.state == documents::WitnessState::kPending)
    detail += "; the receipt was given before they had answered: ask the authority for a newer one";
  find(ErrorCode::kNotFound, "log.witnesses", std::move(detail));
}

Report verify_receipt_by(BytesView receipt, const x509::Certificate& root, const LogTrust& trust,
                         const VerifyOptions& options) {
  ReceiptExamination examination(root, trust, options);
  examination.read(receipt);
  examination.judge();
  return std::move(examination).report();
}

}  // namespace

bool is_receipt(BytesView file) {
  const std::string_view text = as_text(file);
  const auto first = text.find_first_not_of(kWhiteSpace);
  return first != std::string_view::npos && text[first] == '{';
}

Report verify_receipt(BytesView receipt, const x509::Certificate& root, const checkpoint::Policy* policy,
                      const VerifyOptions& options) {
  return verify_receipt_by(receipt, root, {.policy = policy}, options);
}

Report verify_receipt(BytesView receipt, const x509::Certificate& root, const documents::NetworkMap& map,
                      const VerifyOptions& options) {
  return verify_receipt_by(receipt, root, {.map = &map}, options);
}

}  // namespace countersign::evidence
