// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <variant>

#include "documents/dialogue_information.h"
#include "documents/dialogue_payment.h"

// The messages of a purchase in the browser (docs/protocols/purchase-browser.md), each a JSON object with
// type and version 1, at most 512 KiB: POST /v1/checkouts/{id}/dialogue within the wallet's TLS session. The
// same message again gets the same answer.
namespace countersign::documents {

// Wallet to gateway.

// PurchaseOpening, type "purchase-opening": who wants to act, and how.
struct PurchaseOpening {
  std::vector<OrderProfile> profiles;  // 1–4, none twice, the weakest that is accepted last
  Sha256Digest nonce;                  // the wallet's, random
  Bytes certificate;                   // DER, the purchaser's for signatures
  Bytes agreement_certificate;         // DER, the purchaser's for key agreement
  // Where the holder approves several orders at once: to stand in this one. Absent else.
  std::optional<OrderGroup> group = {};
};

// Information, type "information": the answer to an information request.
struct Information {
  Bytes statement;                    // CMS SignedData by the purchaser over PersonalInformation
  std::optional<Payment> payment;     // where the request named methods
  std::optional<Bytes> signed_order;  // CMS; where the request brought the order
  // Where the request named card companies: the one that the holder pays with.
  std::optional<x509::Name> company = {};
};

// PaymentMessage, type "payment": what was asked for by a payment request, a session offer or a split offer,
// or another payment after one that was declined.
struct PaymentMessage {
  Payment payment;
  Bytes signed_order;  // CMS
};

// Gateway to wallet.

// InformationRequest, type "information-request" (F5 S5 and S10, F6 S15).
struct InformationRequest {
  OrderProfile profile = OrderProfile::kPlain;  // the gateway's choice of those offered
  Sha256Digest nonce;                           // the gateway's, random
  DialoguePurpose purpose = DialoguePurpose::kPurchase;
  // 1–4, none twice: all that the checkout allows. A wallet takes the strongest that it offered, or none.
  std::vector<OrderProfile> profiles = {OrderProfile::kPlain};
  std::vector<RequestedField> fields;                 // may be empty
  std::optional<std::vector<PaymentMethod>> methods;  // absent: payment is asked for later, or never
  std::optional<Bytes> order;                         // its bytes; absent: it comes later, or never
  std::optional<Bytes> sealing_certificate;           // as in PaymentRequest
  // In a purchase of profile set: the card companies that the shop works with, 1–16, none twice. Else empty.
  std::vector<x509::Name> companies = {};
};

// PaymentRequest, type "payment-request" (F5 S10): profile plain, asked after the information.
struct PaymentRequest {
  std::vector<PaymentMethod> methods;  // at least one
  Bytes order;
  // DER of a certificate for key agreement; where present, the payment is to come sealed to it. Nobody but
  // the merchant at the end of the TLS session vouches for it.
  std::optional<Bytes> sealing_certificate;
};

// SessionOfferMessage, type "session-offer-message" (F6 S21–S24).
struct SessionOfferMessage {
  Bytes offer;     // CMS SignedData by the merchant over SessionOffer
  Bytes envelope;  // CMS AuthEnvelopedData to the purchaser's agreement certificate, of SessionSecrets
  std::vector<PaymentMethod> methods;  // at least one
};

// SplitOffer, type "split-offer" (F7 S32–S33): the order, and the card company that its payment is to be
// sealed to. Both certificates come with a status of now.
struct SplitOffer {
  Bytes order;
  Bytes certificate;                   // DER, with which the company signs
  Bytes certificate_status;            // DER OCSPResponse
  Bytes agreement_certificate;         // DER, that the payment is sealed to
  Bytes agreement_status;              // DER OCSPResponse
  std::vector<PaymentMethod> methods;  // at least one
};

// Outcome, type "outcome": how the dialogue ended, or, for kDeclined with tries left, that another payment
// may be sent.
struct Outcome {
  enum class Kind { kConfirmation, kRefusal, kDeclined, kIdentified };
  Kind kind = Kind::kDeclined;
  std::optional<Bytes> document;  // CMS of the authority: of kConfirmation and kRefusal
  std::string code;               // why it was refused or declined (1–64 of a–z and _), else empty
  int tries_left = 0;             // kDeclined: how many more payments may be sent, 0–9
  // In profile set (F7 S53–S54): the company's review result under the merchant's signature, CMS of content
  // id-signedData, and the sealed payment that it speaks of, as it was sent. Both or neither.
  std::optional<Bytes> review = {};
  std::optional<Bytes> payment = {};
};
std::string_view outcome_name(Outcome::Kind kind);

using WalletMessage = std::variant<PurchaseOpening, Information, PaymentMessage>;
using GatewayMessage =
    std::variant<InformationRequest, PaymentRequest, SessionOfferMessage, SplitOffer, Outcome>;

// write_dialogue checks the message as the parsers do. Wallet's messages may hold payment data: they are
// wiped where they go.
Result<crypto::SecretBytes> write_dialogue(const WalletMessage& message);
Result<Bytes> write_dialogue(const GatewayMessage& message);

// What came in, by its type; kUnsupported for a type that this side does not send.
Result<WalletMessage> parse_wallet_message(BytesView json);
Result<GatewayMessage> parse_gateway_message(BytesView json);

}  // namespace countersign::documents
