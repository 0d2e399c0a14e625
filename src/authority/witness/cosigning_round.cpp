// SPDX-License-Identifier: Apache-2.0
#include "authority/witness/cosigning_round.h"

namespace countersign::authority {

CosigningRound::CosigningRound(checkpoint::VerifiedCheckpoint checkpoint, Moment began)
    : checkpoint_(std::move(checkpoint)), began_(began) {}

void CosigningRound::take(const KnownWitness& witness, checkpoint::NoteSignature cosignature) {
  cosignatures_.insert_or_assign(witness.key.text(), std::move(cosignature));
}

bool CosigningRound::has(const KnownWitness& witness) const {
  return cosignatures_.contains(witness.key.text());
}

std::string CosigningRound::note() const {
  checkpoint::Note note = checkpoint_.note;
  for (const auto& [key, cosignature] : cosignatures_) note.signatures.push_back(cosignature);
  return checkpoint::write_note(note);
}

bool CosigningRound::is_over(std::size_t needed, std::size_t asked, Moment now,
                             const RoundOptions& options) const {
  const auto age = now - began_;
  if (age >= options.longest) return true;
  if (count() < std::max<std::size_t>(needed, 1) || age < options.pause) return false;
  return count() >= asked || age >= options.linger;
}

}  // namespace countersign::authority
