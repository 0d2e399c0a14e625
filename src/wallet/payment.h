// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>

#include "documents/split_payment.h"
#include "wallet/identity.h"
#include "wallet/order_check.h"
#include "wallet/outcome.h"

namespace countersign::wallet {

// CompanyAnswer is what the holder is shown of a payment in profile set: with what it was made, and what the
// card company said to it, where that is known.
struct CompanyAnswer {
  x509::Name company;
  documents::PaymentMethod method = documents::PaymentMethod::kCard;
  std::string ending;  // last digits of what it was made with
  std::optional<documents::ReviewResult> result = {};
};

// PaymentView is what the holder is shown of a purchase, before and after.
struct PaymentView {
  PurchaseRecord record;
  documents::Order order;
  x509::Certificate merchant;
  std::vector<AttemptRecord> attempts;
  std::optional<documents::Confirmation> confirmation;
  std::optional<documents::Refusal> refusal;
  std::vector<CompanyAnswer> answers;  // of profile set: to each payment, oldest first
};

// Whether all that is known of a signed purchase is a refusal that is not final: its order may be confirmed
// yet, until its time is over.
bool is_refused_for_now(const PaymentView& view);
// As attempts and ends are called that say so.
inline constexpr std::string_view kRefusedForNow = "refused_for_now";
// Whether the card company declined the last payment of a signed order, so that nothing is waited for.
bool is_declined(const PaymentView& view);

// Where an order came from.
struct OrderSource {
  std::string gateway, checkout, token;
  const x509::Certificate& merchant;  // of the TLS peer
};

// PaymentDesk takes a purchase from its link to a verified outcome. What was signed is on disk before it is
// sent; a purchase whose outcome is not known is taken up again with `resume`, as often as one likes.
class PaymentDesk {
 public:
  // `wait` sleeps between questions to the authority.
  using Wait = std::function<void(std::chrono::milliseconds)>;
  PaymentDesk(Parties parties, Wait wait) : parties_(parties), wait_(std::move(wait)) {}

  // Opens the channel to the gateway, fetches the order for this purchaser and checks everything in it.
  Result<PaymentView> begin(std::string_view link);
  Result<PaymentView> show(const std::string& id);
  Result<std::vector<PaymentView>> list();
  // Signs what was shown and sends it; then asks the gateway and, by itself, the authority for the outcome
  // (K8).
  Result<PaymentView> approve(const std::string& id, const crypto::SecretBytes& pin);
  // Sends a signed order once more and asks both again. Of one that was refused it asks the authority alone:
  // a refusal consumes nothing, and a merchant that shows one may have the order confirmed afterwards. So it
  // does of an order whose payment is split: that is sent again from the shop's page.
  Result<PaymentView> resume(const std::string& id, const crypto::SecretBytes& pin);
  Result<void> cancel(const std::string& id);
  // Asks the authority for the receipt of a confirmed purchase, which more witnesses may have signed by now,
  // and keeps it where it may replace the one that is kept (evidence::AcceptedReceipt). The receipt that
  // came, or the kept one where that proves more. kConflict for one that is not confirmed; kNotFound where
  // the authority has the confirmation alone.
  Result<Bytes> renew_receipt(const std::string& id, const crypto::SecretBytes& pin);

  // The steps of a purchase for those who bring order and outcome by themselves (dialogue.h); the card must
  // be logged in for the latter two.
  // take_up remembers an order that is about to be shown; kConflict for another one under a known id, and for
  // another one of a checkout whose signed payment may count yet.
  Result<void> take_up(const CheckedOrder& order, const OrderSource& source, const Identity& identity);
  // Signs what was shown, after the same checks again; what was signed before is the answer once more.
  // kUnsupported for an order whose payment is split.
  Result<Bytes> sign(const std::string& id, const OrderContext& context, const Identity& identity);
  // Signs it together with a payment (F7 S36), and keeps both before anything leaves; what was signed with
  // this very payment before is the answer once more. After a decline it is signed anew, with another one;
  // kConflict while the last one may count.
  Result<Bytes> sign_with(const SplitPaymentRecord& payment, const std::string& id,
                          const OrderContext& context, const Identity& identity);
  // Keeps what the gateway answered to the signed order, a failure too; then, where that confirmed it, the
  // receipt that `gateway` has (null: it cannot be asked); and asks the authority by itself (K8).
  Result<PaymentView> settle(const std::string& id, const Identity& identity, const Result<Bytes>& answer,
                             GatewayAccess* gateway);

 private:
  Result<PurchaseRecord> find(const std::string& id);
  Result<PaymentView> view_of(PurchaseRecord record);
  Result<void> expect_no_other_payment(const std::string& id, const std::string& checkout,
                                       BytesView merchant);
  Result<void> ask_both(const std::string& id, const Identity& identity);
  // What a gateway answered to a signed order, and the connection that it came by.
  struct GatewayAnswer {
    Decision decision;
    std::unique_ptr<GatewayAccess> gateway;
  };
  Result<GatewayAnswer> ask_gateway(const PurchaseRecord& record, const Identity& identity);
  // Of a confirmed purchase: one that does not prove its confirmation is an attempt that failed, and no more.
  Result<void> keep_gateways_receipt(const std::string& id, const Identity& identity, GatewayAccess& gateway);
  // Keeps a receipt of a confirmed purchase where it is accepted and may replace the one that is kept; from a
  // gateway only one whose log's key is known. The better of the two.
  Result<Bytes> keep_receipt(AttemptSource source, const PurchaseRecord& record, const Identity& identity,
                             BytesView receipt);
  Result<Bytes> ask_authority_for(const PurchaseRecord& record, const Identity& identity);
  Result<void> keep_outcome(AttemptSource source, const std::string& id, const Identity& identity,
                            const Result<Bytes>& document);
  Result<Outcome> verify(const PurchaseRecord& record, const Identity& identity, BytesView document);

  Parties parties_;
  Wait wait_;
};

}  // namespace countersign::wallet
