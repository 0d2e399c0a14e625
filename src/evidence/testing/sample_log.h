// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "checkpoint/log_proof.h"
#include "checkpoint/policy.h"
#include "documents/receipt.h"
#include "evidence/testing/trade.h"

namespace countersign::evidence {

// SampleLog is a small public log in memory with its witnesses and the network map that names it. Its hashes
// are computed as RFC 6962 §2.1 defines them, leaf by leaf, and not as our own code does.
class SampleLog final : public merkle::HashSource {
 public:
  static constexpr std::string_view kOrigin = "seoul-1.example/log";

  // Of the trade's data centre.
  explicit SampleLog(const Trade& trade, std::string_view origin = kOrigin);

  // Its number in the log.
  std::uint64_t append(const documents::LogEntryBytes& entry);
  void append_others(int count);  // of which nobody here knows the confirmation
  merkle::Hash root(std::uint64_t size) const { return root_of_range(0, size); }
  std::uint64_t size() const { return leaves_.size(); }
  Result<std::vector<merkle::Hash>> hashes(std::span<const merkle::NodeId> nodes) override;

  // A confirmation of this log, appended as the next one; `change` is applied before it is signed.
  documents::Receipt confirm(const std::function<void(documents::Confirmation&)>& change = {});
  // What a test changes between tree and file.
  struct Changes {
    std::function<void(checkpoint::LogProof&)> proof = {};         // before it is written
    std::function<void(checkpoint::Checkpoint&)> checkpoint = {};  // before it is signed
    std::function<void(checkpoint::Note&)> note = {};              // after it was signed and cosigned
    std::function<void(documents::NetworkMap&)> map = {};          // before it is signed
    const checkpoint::NoteSigner* signer = nullptr;                // in the place of the log's
    std::size_t witnesses = 2;                                     // how many of the two cosign
    TimePoint cosigned = from_unix_seconds(1'795'000'007);
  };
  // Proof and map of a receipt anew, of the tree of now.
  void prove(documents::Receipt& receipt, std::uint64_t index, const Changes& changes) const;
  void prove(documents::Receipt& receipt, std::uint64_t index) const { prove(receipt, index, Changes()); }

  documents::NetworkMap map() const;  // with log and witnesses
  Bytes signed_map(const documents::NetworkMap& map) const;
  // Asks for `quorum` ("both", "none", a witness): NAMEs are first and second.
  std::string policy(std::string_view quorum = "both") const;
  checkpoint::Policy parsed_policy(std::string_view quorum = "both") const;

  const Trade& trade;
  checkpoint::NoteSigner signer;
  std::vector<checkpoint::NoteSigner> witnesses;  // two

 private:
  merkle::Hash root_of_range(std::uint64_t begin, std::uint64_t end) const;

  std::vector<merkle::Hash> leaves_;
  x509::Issuer map_signer_;
  x509::Name elsewhere_;  // the data centre that runs the first of the witnesses
  x509::Issuer elsewhere_ca_;
};

checkpoint::NoteSigner make_note_signer(std::string name, checkpoint::KeyType type);

}  // namespace countersign::evidence
