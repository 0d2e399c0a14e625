// SPDX-License-Identifier: Apache-2.0
#include "evidence/testing/sample_log.h"

#include <bit>

#include "crypto/digest.h"
#include "crypto/random.h"
#include "documents/log_entry_samples.h"
#include "sample/issuers.h"

namespace countersign::evidence {
namespace {

x509::Issuer make_map_signer(const Trade& trade) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  const auto from = trade.now - std::chrono::hours(1);
  return {take(x509::create_map_signer(trade.root, key.public_key(), from)), key};
}

}  // namespace

checkpoint::NoteSigner make_note_signer(std::string name, checkpoint::KeyType type) {
  return take(checkpoint::NoteSigner::create(std::move(name), type,
                                             crypto::PrivateKey::generate(crypto::KeyKind::kEd25519)));
}

SampleLog::SampleLog(const Trade& of_trade, std::string_view origin)
    : trade(of_trade),
      signer(make_note_signer(std::string(origin), checkpoint::KeyType::kEd25519)),
      map_signer_(make_map_signer(of_trade)),
      elsewhere_(take(x509::Name::from_text("OU=tokyo-1,OU=kr,O=Countersign Demo"))),
      elsewhere_ca_(sample::make_ca(of_trade.root,
                                    {elsewhere_, {"other.example", "localhost"}, {}, {"127.0.0.0/8"}},
                                    of_trade.now - std::chrono::hours(1))) {
  for (const char* name : {"busan-1.example/witness", "tokyo-1.example/witness"})
    witnesses.push_back(make_note_signer(name, checkpoint::KeyType::kCosignature));
}

std::uint64_t SampleLog::append(const documents::LogEntryBytes& entry) {
  const std::uint8_t prefix[] = {0};
  leaves_.push_back(crypto::sha256_of({prefix, entry}));
  return leaves_.size() - 1;
}

void SampleLog::append_others(int count) {
  for (int i = 0; i < count; ++i)
    append(documents::write_log_entry(take(documents::entry_of_confirmation(
        crypto::random_uuid_v4(), crypto::random_bytes(32), documents::unsigned_message("")))));
}

merkle::Hash SampleLog::root_of_range(std::uint64_t begin, std::uint64_t end) const {
  if (begin == end) return crypto::sha256({});
  if (end - begin == 1) return leaves_.at(begin);
  const std::uint64_t left = std::bit_floor(end - begin - 1);  // the largest power of two below the size
  const std::uint8_t prefix[] = {1};
  return crypto::sha256_of({prefix, root_of_range(begin, begin + left), root_of_range(begin + left, end)});
}

Result<std::vector<merkle::Hash>> SampleLog::hashes(std::span<const merkle::NodeId> nodes) {
  std::vector<merkle::Hash> answer;
  for (const merkle::NodeId& node : nodes) {
    const std::uint64_t width = std::uint64_t{1} << node.level;
    if ((node.index + 1) * width > leaves_.size())
      return fail(ErrorCode::kNotFound, "sample log: no such subtree");
    answer.push_back(root_of_range(node.index * width, (node.index + 1) * width));
  }
  return answer;
}

documents::Receipt SampleLog::confirm(const std::function<void(documents::Confirmation&)>& change) {
  documents::Receipt receipt;
  receipt.state = documents::WitnessState::kWitnessed;
  const Bytes nonce = crypto::random_bytes(receipt.nonce.size());
  std::ranges::copy(nonce, receipt.nonce.begin());
  std::string id;
  receipt.confirmation = trade.confirm({}, [&](documents::Confirmation& confirmation) {
    confirmation.id = id = crypto::random_uuid_v4();
    confirmation.index = static_cast<std::int64_t>(size());
    confirmation.log = signer.verifier().name;
    if (change) change(confirmation);
  });
  const std::uint64_t index = append(documents::write_log_entry(
      take(documents::entry_of_confirmation(id, receipt.nonce, receipt.confirmation))));
  prove(receipt, index);
  return receipt;
}

void SampleLog::prove(documents::Receipt& receipt, std::uint64_t index, const Changes& changes) const {
  SampleLog tree(*this);
  checkpoint::LogProof proof{{}, index, take(merkle::prove_inclusion(tree, index, size())), {}};
  const checkpoint::NoteSigner& by = changes.signer == nullptr ? signer : *changes.signer;
  checkpoint::Checkpoint stated{signer.verifier().name, size(), root(size())};
  if (changes.checkpoint) changes.checkpoint(stated);
  checkpoint::Note note{checkpoint::write_checkpoint_text(stated), {}};
  note.signatures.push_back(take(by.sign(note.text)));
  for (std::size_t i = 0; i < changes.witnesses; ++i)
    note.signatures.push_back(take(witnesses.at(i).cosign(note.text, changes.cosigned)));
  if (changes.note) changes.note(note);
  proof.checkpoint = checkpoint::write_note(note);
  if (changes.proof) changes.proof(proof);
  receipt.proof = checkpoint::write_log_proof(proof);
  documents::NetworkMap named = map();
  if (changes.map) changes.map(named);
  receipt.maps = {signed_map(named)};
}

documents::NetworkMap SampleLog::map() const {
  documents::MappedDataCentre centre{
      trade.data_centre, {trade.ca.certificate}, "https://localhost:8443", "http://localhost:8080", {}, {}};
  centre.log = documents::MappedLog{signer.verifier().name, signer.verifier(), "http://localhost:8080/log"};
  documents::MappedDataCentre other{
      elsewhere_, {elsewhere_ca_.certificate}, "https://localhost:8444", "http://localhost:8081", {}, {}};
  other.witness = documents::MappedWitness{witnesses.front().verifier(), "https://localhost:8444/witness"};
  return {7,  trade.now - std::chrono::minutes(30), trade.now + std::chrono::days(30), trade.root.certificate,
          {}, {std::move(centre), std::move(other)}};
}

Bytes SampleLog::signed_map(const documents::NetworkMap& map) const {
  return take(documents::sign_network_map({map_signer_.certificate, map_signer_.key, {}}, map, trade.now));
}

std::string SampleLog::policy(std::string_view quorum) const {
  std::string text = "log " + signer.verifier().text() + "\n";
  text += "witness first " + witnesses[0].verifier().text() + "\n";
  text += "witness second " + witnesses[1].verifier().text() + "\n";
  text += "group both all first second\n";
  return text.append("quorum ").append(quorum).append("\n");
}

checkpoint::Policy SampleLog::parsed_policy(std::string_view quorum) const {
  return take(checkpoint::Policy::parse(policy(quorum)));
}

}  // namespace countersign::evidence
