// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "authority/enrolment/consent_check.h"
#include "authority/enrolment/enrolment_mail.h"
#include "authority/enrolment/enrolment_store.h"
#include "authority/enrolment/holder_store.h"
#include "authority/enrolment/key_delivery.h"
#include "authority/enrolment/wallet_keys.h"
#include "base/rate_limit.h"
#include "mail/outbox.h"

namespace countersign::authority {

struct EnrolmentPolicy {
  Seconds time_to_complete{7 * 24 * 3600};  // unclaimed after that: revoked
  std::chrono::hours consent_validity{24};  // between consent and application
  std::chrono::hours retention{30 * 24};    // of what belongs to an enrolment that nobody completed
  int per_address_and_day = 10;             // one merchant's enrolments and restarts: mails to one person
  int per_address_of_all_and_day = 50;      // those of all merchants
  int own_renewals_per_day = 10;            // of one address
  int per_merchant_and_hour = 10'000;
  MailSender sender;
};

// What the merchant shows to the purchaser's wallet. The token is empty once the file was fetched.
struct EnrolmentTicket {
  std::string id, token;
  TimePoint expires;
  bool is_repeat = false;  // the consent was known: nothing new was made
};

// What the merchant may know about its enrolment.
struct EnrolmentView {
  std::string id;
  EnrolmentState state;
  std::string mail_state;  // "waiting", "sent", "failed", "cancelled"
  std::vector<std::string> serials;
};

// What a holder is told when the hold ends.
struct CompletedEnrolment {
  std::string suspension_code;
};

// Enrolments takes purchasers from a merchant's application to active certificates (K2, K3, K5; protocol
// docs/protocols/enrolment.md). Every step is one transaction; the keys it makes superfluous are destroyed
// after its commit, and by `sweep` where the process ended in between. Every step may be repeated.
// Thread-safe.
class Enrolments {
 public:
  struct Parts {
    const AuthorityContext& context;
    mail::Outbox& outbox;
    HolderStore& holders;
    storage::SecretFolder file_keys;  // another folder than the outbox's
    EnrolmentPolicy policy;
  };
  static Result<std::unique_ptr<Enrolments>> open(Parts parts);

  // The merchant's side. `client` is its authenticated TLS certificate.
  Result<EnrolmentTicket> apply(BytesView consent_cms, const x509::Certificate& client);
  Result<EnrolmentTicket> restart(std::string_view id, const x509::Certificate& client);
  Result<EnrolmentView> view(std::string_view id, const x509::Certificate& client);

  // The wallet's side. A wrong token and an unknown id are kNotFound alike.
  Result<Bytes> fetch_key_file(std::string_view id, std::string_view token);  // once; then kGone
  Result<Bytes> consent(std::string_view id, std::string_view token);
  // Keys of the wallet's making, instead of the file: `code` is the mailed password.
  struct WalletKeys {
    std::string token, code;
    Bytes signing, agreement;  // PKCS#10 as verify_requests takes them
  };
  Result<IssuedPair> certify_wallet_keys(std::string_view id, const WalletKeys& keys);
  Result<CompletedEnrolment> complete(std::string_view id, BytesView acceptance_cms);

  // Whoever reads the mail. `is_objection_link` changes nothing.
  Result<std::string> objection_locale(std::string_view id, std::string_view code);
  Result<void> object(std::string_view id, std::string_view code);

  // The holder's own renewal, after the request was verified (see HolderRequests). Without keys of the
  // wallet's making a key file is delivered as for a merchant's renewal.
  struct OwnRenewal {
    const Holder& holder;
    std::string registered_by;
    Bytes request_cms;  // stands where the consent stands
    Sha256Digest request_digest;
    Sha256Digest nonce;
    Bytes signing, agreement;  // PKCS#10 as verify_requests takes them, or both empty
  };
  struct OwnRenewalTicket {
    EnrolmentTicket ticket;
    std::optional<IssuedPair> certificates;
  };
  Result<OwnRenewalTicket> renew(const OwnRenewal& renewal);

  // The operator's.
  Result<std::vector<Enrolment>> list(std::optional<EnrolmentState> state, std::string_view after, int limit);
  // Expires and revokes what was not claimed in time, destroys keys that are no longer needed, forgets mails.
  Result<void> sweep();

  // Ends one that is open, within the caller's transaction: its certificates are revoked and its mail is not
  // sent any more. forget_ended() follows after the commit.
  Result<void> end_open(storage::Transaction& transaction, Enrolment enrolment, std::string_view actor);
  // Destroys the keys of files and mails that a holder's ended enrolments left.
  Result<void> forget_ended(std::string_view holder);
  // Ends every open enrolment of a holder who is erased and takes the consent records out of all of them,
  // within the caller's transaction; sweep() follows after the commit.
  Result<void> end_all_of(storage::Transaction& transaction, const Holder& holder);

  const EnrolmentStore& store() const { return store_; }

 private:
  Enrolments(Parts parts, EnrolmentStore store);

  struct Draft;  // an enrolment with its delivery, before it is stored
  Result<Holder> choose_holder(storage::Reader& reader, const VerifiedConsent& verified, bool& is_new);
  Result<std::optional<Holder>> holder_to_renew(storage::Reader& reader, const VerifiedConsent& verified);
  Result<std::optional<EnrolmentTicket>> ticket_of_repeat(storage::Reader& reader,
                                                          const VerifiedConsent& verified);
  Result<EnrolmentTicket> ticket_of(const Enrolment& enrolment);
  Result<Draft> draft(Enrolment enrolment, const Holder& holder);
  Result<void> send_password(storage::Transaction& transaction, Draft& draft, const Holder& holder,
                             std::string_view consent_text);
  Result<void> record_pair(storage::Transaction& transaction, const Enrolment& enrolment,
                           const CertificatePair& pair, std::string_view address, std::string_view actor);
  // The certificates on hold where these very keys were certified before; kConflict for others.
  Result<CertificatePair> pair_on_hold(storage::Reader& reader, const Enrolment& enrolment,
                                       const RequestedKeys& keys);
  Result<void> revoke_pair(storage::Transaction& transaction, const Enrolment& enrolment,
                           x509::RevocationReason reason, std::string_view actor);
  Result<void> retire_mail(storage::Transaction& transaction, Enrolment& enrolment);
  // Whether one more mail may go to this address: of this merchant or, where that is empty, for its own
  // renewal. What merchants have used up refuses nobody's own renewal. Counted in the store, by what was
  // really enrolled.
  Result<void> require_quota(storage::Reader& reader, std::string_view address, std::string_view merchant);
  Result<void> require_not_suspended(storage::Transaction& transaction, const Enrolment& enrolment);
  Result<void> replace_older(storage::Transaction& transaction, const Enrolment& enrolment,
                             const Holder& holder);
  Result<void> tell_holder(storage::Transaction& transaction, const Enrolment& enrolment,
                           const Holder& holder);
  Result<void> activate(storage::Transaction& transaction, Enrolment& enrolment, BytesView acceptance_cms,
                        std::string_view suspension_code);
  Result<void> destroy_keys(const Enrolment& enrolment);
  Result<Enrolment> find(std::string_view id);
  Result<Enrolment> find_for_token(storage::Reader& reader, std::string_view id, std::string_view token);
  Result<Enrolment> find_for_merchant(storage::Reader& reader, std::string_view id,
                                      const x509::Certificate& client);
  Result<std::string> consent_text(const Enrolment& enrolment);
  Result<void> audit(storage::Transaction& transaction, std::string actor, std::string act,
                     std::string object, std::string detail);
  std::string objection_url(const Enrolment& enrolment, std::string_view code) const;
  TimePoint now() const { return parts_.context.clock.now(); }

  Parts parts_;
  EnrolmentStore store_;
  AgreementProofs proofs_{parts_.holders};
  RateLimit per_merchant_;
  RateLimit wrong_codes_{10, std::chrono::hours(1)};
};

}  // namespace countersign::authority
