// SPDX-License-Identifier: Apache-2.0
#include "authority/confirmation/receipts.h"

#include <algorithm>

#include "checkpoint/log_proof.h"
#include "documents/receipt.h"

namespace countersign::authority {
namespace {

using documents::WitnessState;

// A proof under one checkpoint.
struct Proof {
  LogCheckpoint checkpoint;
  std::vector<merkle::Hash> hashes;
  WitnessState state = WitnessState::kPending;
};

Result<Proof> prove(const LogReader& log, std::uint64_t index, LogCheckpoint checkpoint, WitnessState state) {
  TRY(auto hashes, log.prove_inclusion(index, checkpoint.size));
  return Proof{std::move(checkpoint), std::move(hashes), state};
}

Result<Proof> prove_in_newest(const LogReader& log, const LogHead& newest, std::uint64_t index) {
  TRY(auto checkpoint, newest.checkpoint());
  return prove(log, index, std::move(checkpoint), WitnessState::kPending);
}

// Without a look into the store, as far as the head of the batch reaches.
Result<Proof> prove_in_batch(const LogReader& log, const LogHead& batch, std::uint64_t index) {
  auto hashes = batch.tree().prove_inclusion(index);
  if (!hashes && hashes.error().code == ErrorCode::kNotFound) return prove_in_newest(log, batch, index);
  if (!hashes) return fail(hashes.error());
  TRY(auto checkpoint, batch.checkpoint());
  return Proof{std::move(checkpoint), std::move(hashes).value()};
}

// What has no nonce, or lost it with a log that was ended, cannot be proven ever.
Result<void> expect_logged(const Bytes& nonce) {
  if (nonce.size() == documents::kLogNonceSize) return ok();
  return fail(ErrorCode::kGone, "receipt: this confirmation does not name the log");
}

Result<Bytes> make_receipt(const Bytes& confirmation, std::uint64_t index, const Bytes& nonce, Proof proof,
                           std::optional<Bytes> map) {
  documents::Receipt receipt;
  receipt.confirmation = confirmation;
  std::ranges::copy(nonce, receipt.nonce.begin());
  receipt.proof =
      checkpoint::write_log_proof({{}, index, std::move(proof.hashes), std::move(proof.checkpoint.note)});
  if (map) receipt.maps.push_back(std::move(*map));
  receipt.state = proof.state;
  return documents::write_receipt(receipt);
}

}  // namespace

Result<Decision> Receipts::of_decision(const Decision& decision) const {
  if (!decision.place) return fail(ErrorCode::kNotFound, "receipt: not in the public log");
  const LogPlace& place = *decision.place;
  TRY(expect_logged(place.nonce));
  TRY(auto proof, place.head ? prove_in_batch(parts_.log, *place.head, place.index)
                             : prove_in_newest(parts_.log, *parts_.newest.head(), place.index));
  proof.state = state_of(place.index, place.time);
  TRY(auto map, parts_.maps.in_force_at(place.time));
  TRY(Bytes receipt,
      make_receipt(decision.document, place.index, place.nonce, std::move(proof), std::move(map)));
  return Decision{decision.kind, std::move(receipt), decision.reason, place, Decision::Form::kReceipt};
}

Result<Bytes> Receipts::of_stored(const StoredConfirmation& stored) const {
  TRY(expect_logged(stored.nonce));
  const auto index = static_cast<std::uint64_t>(stored.index);
  TRY(auto witnessed, parts_.log.witnessed());
  const bool is_witnessed = witnessed && witnessed->size > index;
  auto proven = is_witnessed ? prove(parts_.log, index, std::move(*witnessed), WitnessState::kWitnessed)
                             : prove_in_newest(parts_.log, *parts_.newest.head(), index);
  if (!proven &&
      (proven.error().code == ErrorCode::kNotFound || proven.error().code == ErrorCode::kMalformed))
    return fail(ErrorCode::kUnavailable, "receipt: no proof of it at the moment: " + proven.error().detail);
  TRY(Proof proof, std::move(proven));
  if (proof.state != WitnessState::kWitnessed) proof.state = state_of(index, stored.time);
  TRY(auto map, parts_.maps.in_force_at(stored.time));
  return make_receipt(stored.document, index, stored.nonce, std::move(proof), std::move(map));
}

// Of a proof under a checkpoint that is not known to be witnessed; of one that became so at this moment the
// next receipt says it.
WitnessState Receipts::state_of(std::uint64_t index, TimePoint issued) const {
  if (parts_.witnesses == nullptr) return WitnessState::kPending;
  const WitnessState state = parts_.witnesses->state_of(index, issued);
  return state == WitnessState::kUnwitnessed ? state : WitnessState::kPending;
}

}  // namespace countersign::authority
