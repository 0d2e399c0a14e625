// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <utility>

#include "card/card.h"
#include "documents/request.h"
#include "network/anchor_source.h"
#include "wallet/network_maps.h"
#include "wallet/peers.h"
#include "wallet/store.h"
#include "x509/cms.h"

namespace countersign::wallet {

// Parties is what the wallet's services work with; all outlive them.
struct Parties {
  WalletStore& store;
  card::Card& card;
  Peers& peers;
  const Clock& clock;
  NetworkMaps* maps = nullptr;  // null: nobody but the own data centre is trusted
};

// LoggedIn keeps the card open for private operations and closes it when it goes.
class LoggedIn {
 public:
  static Result<LoggedIn> with(card::Card& card, const crypto::SecretBytes& pin);
  LoggedIn(LoggedIn&& other) noexcept : card_(std::exchange(other.card_, nullptr)) {}
  LoggedIn& operator=(LoggedIn&&) = delete;
  ~LoggedIn() {
    if (card_ != nullptr) card_->log_out();
  }

 private:
  explicit LoggedIn(card::Card& card) : card_(&card) {}
  card::Card* card_;
};

// Identity is who the wallet acts as: an active enrolment with its certificates and the network they belong
// to.
struct Identity {
  EnrolmentRecord enrolment;
  x509::Certificate signing;
  x509::Certificate agreement;
  // What the enrolment brought: the root, and the CAs of the own data centre.
  std::shared_ptr<const x509::TrustAnchor> own;
  // The network map beside it, and whom it has the wallet trust now (see trust.h).
  std::shared_ptr<network::AnchorSource> trust;
  std::shared_ptr<const x509::TrustAnchor> anchor;

  const x509::Certificate& ca() const { return *own->issuer_of(signing); }
  // The same CA as it stands in what the holder signs: below the root that the network has passed to, where
  // the enrolment is of one before it.
  const x509::Certificate& chained_ca() const;
  // The data centre that issued the certificates.
  Result<x509::Name> data_centre() const { return x509::permitted_subtree(ca()); }
};

// find_identity returns that of the newest active enrolment; kNotFound before the first one.
Result<Identity> find_identity(const Parties& parties);

// The certificates of an enrolment. A card that keeps its keys through a renewal has several of each key:
// certificates_of finds those that keep_certificates noted for this enrolment, else the newest; kNotFound.
struct EnrolledCertificates {
  x509::Certificate signing, agreement;
};
Result<EnrolledCertificates> certificates_of(const Parties& parties, const EnrolmentRecord& enrolment);
Result<void> keep_certificates(const Parties& parties, const std::string& enrolment,
                               const EnrolledCertificates& certificates);

// The signer of an identity; the card must be logged in for it to sign.
Result<x509::Signer> signer_of(const Identity& identity, card::Card& card);

// Question is what a holder asks of the authority: the members that the action needs.
struct Question {
  documents::HolderAction action;
  std::string order_id{};
  std::optional<Sha256Digest> order_digest{};
  std::string email{};
  Bytes signing_request{}, agreement_request{};
  // Whom it is for; without it the home authority.
  std::optional<x509::Name> audience{};
};
// sign_question makes the holder request (CMS) of a question; ask_authority hands one in to the home
// authority, ask_authority_at to the one at `url`, which must be its audience's. The card must be logged in
// to sign.
Result<Bytes> sign_question(const Parties& parties, const Identity& identity, Question question);
// ask_for_receipt hands in a question for a confirmation to the authority of the data centre `asked` at
// `url`, which need not be its audience's: it hands on what is for another.
Result<Bytes> ask_authority(const Parties& parties, const Identity& identity, Question question);
Result<Bytes> ask_authority_at(const std::string& url, const Parties& parties, const Identity& identity,
                               Question question);
Result<Bytes> ask_for_receipt(const std::string& url, const x509::Name& asked, const Parties& parties,
                              const Identity& identity, Question question);

}  // namespace countersign::wallet
