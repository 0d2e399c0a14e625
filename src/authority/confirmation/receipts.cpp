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

Result<Bytes> make_receipt(const Bytes& confirmation, std::uint64_t index, const Bytes& nonce, Proof proof,
                           std::optional<Bytes> map) {
  documents::Receipt receipt;
  receipt.confirmation = confirmation;
  if (nonce.size() != receipt.nonce.size())
    return fail(ErrorCode::kNotFound, "receipt: this confirmation does not name the log");
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
  TRY(auto proof, place.head ? prove_in_batch(parts_.log, *place.head, place.index)
                             : prove_in_newest(parts_.log, *parts_.newest.head(), place.index));
  proof.state = state_of(place.index, place.time);
  TRY(auto map, map_at(place.time));
  TRY(Bytes receipt,
      make_receipt(decision.document, place.index, place.nonce, std::move(proof), std::move(map)));
  return Decision{decision.kind, std::move(receipt), decision.reason, place, Decision::Form::kReceipt};
}

Result<Bytes> Receipts::of_stored(const StoredConfirmation& stored) const {
  const auto index = static_cast<std::uint64_t>(stored.index);
  TRY(auto witnessed, parts_.log.witnessed());
  const bool is_witnessed = witnessed && witnessed->size > index;
  TRY(auto proof, is_witnessed ? prove(parts_.log, index, std::move(*witnessed), WitnessState::kWitnessed)
                               : prove_in_newest(parts_.log, *parts_.newest.head(), index));
  if (proof.state != WitnessState::kWitnessed) proof.state = state_of(index, stored.time);
  TRY(auto map, map_at(stored.time));
  return make_receipt(stored.document, index, stored.nonce, std::move(proof), std::move(map));
}

// Of a proof under a checkpoint that is not known to be witnessed; of one that became so at this moment the
// next receipt says it.
WitnessState Receipts::state_of(std::uint64_t index, TimePoint issued) const {
  if (parts_.witnesses == nullptr) return WitnessState::kPending;
  const WitnessState state = parts_.witnesses->state_of(index, issued);
  return state == WitnessState::kUnwitnessed ? state : WitnessState::kPending;
}

// Mostly the present one, which may not be kept yet.
Result<std::optional<Bytes>> Receipts::map_at(TimePoint time) const {
  if (parts_.current) {
    if (const auto view = parts_.current(); view && view.value()->map.issued <= time)
      return std::optional(view.value()->signed_map);
  }
  return parts_.maps.in_force_at(time);
}

}  // namespace countersign::authority
