// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <mutex>

#include "base/recent_map.h"
#include "documents/dialogue.h"
#include "merchant/checkout_desk.h"
#include "merchant/confirmation_desk.h"
#include "merchant/dialogue_store.h"
#include "merchant/payment_desk.h"
#include "merchant/sealed_payment.h"
#include "merchant/session_keeper.h"
#include "merchant/split_desk.h"

namespace countersign::merchant {

// What a merchant asks of purchasers that come by the browser.
struct DialogueTerms {
  // Whether profile plain asks for payment together with the information or after it.
  enum class Ask { kAtOnce, kSeparately };
  Ask payment = Ask::kAtOnce;
  std::vector<documents::PaymentMethod> methods = {documents::PaymentMethod::kCard,
                                                   documents::PaymentMethod::kAccount};
};

// The desks behind the dialogue; all outlive it.
struct DialogueParts {
  CheckoutDesk& checkouts;
  ConfirmationDesk& confirmations;
  PaymentDesk& payments;
  SessionKeeper& sessions;
  StatusAccess& status;
  // Where payments in profile plain are to come sealed besides TLS; null: they come readable.
  const SealingKey* sealing = nullptr;
  // Where payments in profile set are reviewed; null: none are taken.
  SplitDesk* split = nullptr;
};

// DialogueDesk leads the gateway's side of a purchase or identification in the browser
// (docs/protocols/purchase-browser.md): who is it, what does the holder release, how is it paid, and only
// then the countersignature. What an order or money depends on is durable; a repeated message gets the same
// answer. Thread-safe; one checkout is served by one call at a time.
class DialogueDesk {
 public:
  DialogueDesk(GatewayContext context, DialogueParts parts, DialogueTerms terms);

  // The answer to one message of the wallet that has this checkout, over a connection with this TLS exporter
  // (http::Request::tls_exporter). Errors leave the dialogue where it was:
  // kConflict for another wallet or what was said in another dialogue, kForbidden for what is out of order,
  // kUnsupported, kCancelled, kExpired (also where a payment's key is lost), kUnavailable, and what
  // verification says.
  Result<Bytes> answer(std::string_view checkout, BytesView message, BytesView tls_exporter);

 private:
  // A checkout with all that happened to it.
  struct Situation {
    Checkout checkout;
    std::optional<Dialogue> dialogue;
    std::optional<StoredOrder> order;
    bool is_countersigned = false;
  };
  using Reply = Result<documents::GatewayMessage>;

  Result<Situation> look_up(std::string_view checkout) const;
  Result<void> require_live(const Situation& at) const;
  Reply open(Situation at, const documents::PurchaseOpening& opening);
  Reply inform(Situation at, documents::Information information, BytesView tls_exporter);
  Reply pay(Situation at, documents::PaymentMessage message, BytesView tls_exporter);
  Result<std::vector<documents::OrderProfile>> allowed_profiles(const Situation& at) const;
  Result<documents::OrderProfile> choose_profile(const Situation& at,
                                                 const std::vector<documents::OrderProfile>& offered) const;
  Result<Dialogue> begin(const Situation& at, const documents::PurchaseOpening& opening,
                         documents::OrderProfile profile) const;
  Reply request_information(const Situation& at, const Dialogue& dialogue);
  Reply identify(const Situation& at);
  Reply request_payment(const Situation& at);
  Result<std::vector<x509::Name>> companies_for(const Situation& at);
  Reply offer_split(const Situation& at, const x509::Name& company);
  Reply pay_split(const Situation& at, const documents::PaymentMessage& message);
  // A payment as it came, and the connection that it came over.
  struct ReceivedPayment {
    documents::Payment payment;
    BytesView tls_exporter;
  };
  Reply conclude(const Situation& at, std::optional<ReceivedPayment> received, BytesView signed_order);
  Result<documents::PaymentData> read(const Situation& at, ReceivedPayment received);
  Result<documents::PaymentData> take_known(documents::PaymentData data) const;
  std::optional<Bytes> sealing_certificate() const;
  Reply confirm(std::string_view checkout, BytesView signed_order);
  Reply outcome_of(std::string_view checkout, const CheckedAnswer& checked) const;
  Result<void> store(const Dialogue& dialogue);
  bool asks_at_once(documents::OrderProfile profile) const;

  std::optional<Bytes> remembered(const std::string& message);
  void remember(const std::string& message, const Bytes& reply);

  const GatewayContext context_;
  const DialogueParts parts_;
  const DialogueTerms terms_;
  std::array<std::mutex, 16> serving_;           // each held while one of its checkouts is served
  std::mutex mutex_;                             // guards what follows
  RecentMap<std::string, Bytes> declined_{256};  // answers to payments, which another try would change
};

}  // namespace countersign::merchant
