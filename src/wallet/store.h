// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "documents/dialogue_payment.h"
#include "storage/database.h"
#include "storage/secret_folder.h"
#include "x509/path.h"

namespace countersign::wallet {

// How far an enrolment has come. Each state is durable before the next step begins, so that any step can be
// taken up again after a crash.
enum class EnrolmentState {
  kLinked,    // the link is known, nothing fetched
  kFetched,   // consent and key file are here, the password is awaited
  kImported,  // keys and certificates are on the card, the authority does not know yet
  kActive,    // completed
};
std::string_view state_name(EnrolmentState state);

struct EnrolmentRecord {
  std::string id;
  std::string authority;  // base URL
  Sha256Digest root;      // pinned fingerprint
  std::string token;
  EnrolmentState state = EnrolmentState::kLinked;
  TimePoint created;
  Bytes consent;                           // CMS by the merchant
  Bytes key_file;                          // PKCS#12, encrypted; forgotten once imported
  std::string signing_key, agreement_key;  // identifiers on the card
  std::string suspension_code;
};

enum class PurchaseState {
  kShown,   // the order was fetched and shown
  kSigned,  // signed; the outcome is not known yet
  kConfirmed,
  kRefused,
  kCancelled,
};
std::string_view state_name(PurchaseState state);

struct PurchaseRecord {
  std::string id;       // of the order
  std::string gateway;  // base URL
  std::string checkout;
  std::string token;
  PurchaseState state = PurchaseState::kShown;
  TimePoint created;
  Bytes order;     // as fetched
  Bytes merchant;  // DER of its certificate
  std::string signing_key;
  Bytes signed_order;  // CMS by this wallet
  Bytes confirmation;  // CMS, verified
  Bytes receipt;       // JSON of that confirmation, accepted (evidence/accept_receipt.h); empty: none yet
  Bytes refusal;       // CMS, verified
};

// What is known of a card company's decision about a payment.
enum class ReviewState { kOpen, kApproved, kDeclined };
std::string_view state_name(ReviewState state);

// A payment that was sealed to a card company and signed together with its order (profile set). The number
// that it was made with is in the envelope alone.
struct SplitPaymentRecord {
  Bytes envelope;              // DER, as it is sent
  Sha256Digest instruction{};  // digest of what is sealed
  Sha256Digest signer{};       // fingerprint of the certificate that the company is to answer with
  documents::PaymentMethod method = documents::PaymentMethod::kCard;
  std::string ending;  // last digits of what it pays with
  ReviewState state = ReviewState::kOpen;
  Bytes review;  // the company's answer under the merchant's signature: CMS, verified; empty while kOpen
};

// One try to learn the outcome of a purchase.
enum class AttemptSource { kGateway, kAuthority };
struct AttemptRecord {
  AttemptSource source;
  TimePoint at;
  std::string outcome;  // "confirmed", "refused" or an error's name
  std::string detail;
};

// WalletStore keeps what the wallet must remember. Tokens, consents, orders, key files and codes lie sealed
// under keys in a SecretFolder; an enrolment's own key is destroyed when its key file is imported.
// Thread-safe.
class WalletStore {
 public:
  static Result<std::unique_ptr<WalletStore>> open(const std::filesystem::path& folder);

  Result<void> add_enrolment(const EnrolmentRecord& record);  // kConflict when it is known
  Result<std::optional<EnrolmentRecord>> find_enrolment(const std::string& id);
  Result<std::vector<EnrolmentRecord>> enrolments();  // newest first
  Result<void> keep_fetched(const std::string& id, BytesView consent, BytesView key_file);
  // Keys are on the card: trusts the root and its authorities for good, and forgets the key file.
  Result<void> keep_imported(const EnrolmentRecord& record, const x509::Certificate& root,
                             const std::vector<x509::Certificate>& authorities);
  Result<void> keep_active(const std::string& id, const std::string& suspension_code);
  // A renewal put new keys in the place of an active enrolment's.
  Result<void> keep_renewed(const std::string& id, const std::string& signing_key,
                            const std::string& agreement_key);

  // The anchor of the network with this root, from what was trusted for good; kNotFound before the first
  // enrolment.
  Result<std::shared_ptr<const x509::TrustAnchor>> trust_anchor(const Sha256Digest& root, TimePoint now);

  Result<void> add_purchase(const PurchaseRecord& record);  // again: only a cancelled one is shown again
  Result<std::optional<PurchaseRecord>> find_purchase(const std::string& id);
  // Of those that came from this checkout of the merchant with this certificate (DER): the one that is
  // confirmed, or signed with a payment that may count, else the newest.
  Result<std::optional<PurchaseRecord>> find_purchase_of(const std::string& checkout, BytesView merchant);
  Result<std::vector<PurchaseRecord>> purchases();  // newest first, at most 200, without their receipts
  Result<void> keep_signed(const std::string& id, BytesView signed_order);
  Result<void> keep_confirmed(const std::string& id, BytesView confirmation);
  // Of one that is confirmed; in the place of an earlier one.
  Result<void> keep_receipt(const std::string& id, BytesView receipt);
  Result<void> keep_refused(const std::string& id, BytesView refusal);
  Result<void> keep_cancelled(const std::string& id);
  // In profile set each payment takes a signature of its own: keeps both as one. kConflict while another
  // payment of the purchase is not known to be declined.
  Result<void> keep_signed(const std::string& id, BytesView signed_order, const SplitPaymentRecord& payment);
  Result<std::vector<SplitPaymentRecord>> split_payments(const std::string& purchase);  // oldest first
  // Id of a purchase of this checkout at this gateway that is signed with a payment that may count; else
  // empty.
  Result<std::string> standing_purchase(const std::string& gateway, const std::string& checkout);
  // kConflict for one that is not there, or is decided already.
  Result<void> keep_review(const std::string& purchase, const Sha256Digest& instruction, ReviewState state,
                           BytesView review);
  Result<void> add_attempt(const std::string& purchase, const AttemptRecord& attempt);
  Result<std::vector<AttemptRecord>> attempts(const std::string& purchase);

  Result<std::string> setting(const std::string& name, std::string fallback);
  Result<void> keep_setting(const std::string& name, const std::string& value);
  // A setting that lies sealed; empty when there is none.
  Result<std::string> sealed_setting(const std::string& name);
  Result<void> keep_sealed_setting(const std::string& name, std::string_view value);

 private:
  WalletStore(std::unique_ptr<storage::Database> database, storage::SecretFolder secrets,
              crypto::SecretBytes key)
      : database_(std::move(database)), secrets_(std::move(secrets)), key_(std::move(key)) {}
  Bytes seal(BytesView value, std::string_view context) const;
  Result<Bytes> unseal(BytesView value, std::string_view context) const;
  Result<EnrolmentRecord> read_enrolment(const storage::Row& row) const;
  Result<PurchaseRecord> read_purchase(const storage::Row& row) const;
  Result<SplitPaymentRecord> read_split_payment(const std::string& purchase, const storage::Row& row) const;
  Result<void> change_purchase(std::string_view sql, storage::Values parameters);

  std::unique_ptr<storage::Database> database_;
  storage::SecretFolder secrets_;
  crypto::SecretBytes key_;
};

}  // namespace countersign::wallet
