// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "crypto/secret.h"
#include "documents/json.h"

namespace countersign::documents {

enum class PaymentMethod { kCard, kAccount };
std::string_view method_name(PaymentMethod method);
Result<PaymentMethod> method_of_name(std::string_view name);

// CardData is a payment card to be charged.
struct CardData {
  crypto::SecretBytes number;  // 12–19 digits
  std::string expiry;          // "2029-08": the last month in which it is good
  std::string holder;          // 1–100 characters, as on the card
};

// AccountData is a bank account to be debited.
struct AccountData {
  std::string bank;            // 1–60 characters
  crypto::SecretBytes number;  // 4–40 digits and hyphens
  std::string holder;          // 1–100 characters
};

// PaymentData is one way to pay, readable. It is neither stored nor logged by whom it passes.
using PaymentData = std::variant<CardData, AccountData>;
PaymentMethod method_of(const PaymentData& payment);

// passes_luhn checks the last digit of a card number (ISO/IEC 7812-1 annex B). The text consists of digits.
bool passes_luhn(std::string_view digits);

// SealedPayment is a payment instruction in a CMS AuthEnvelopedData (DER, at most 16 KiB); in profile set a
// SplitInstruction (split_payment.h).
struct SealedPayment {
  Bytes envelope;
};

// Payment is what a wallet sends: readable within its TLS session, or sealed besides.
using Payment = std::variant<CardData, AccountData, SealedPayment>;

// PaymentInstruction is what is sealed: type "payment-instruction", version 1. The digest ties it to one
// order; padding makes all lengths multiples of 512.
struct PaymentInstruction {
  Sha256Digest order;  // SHA-256 of the order's bytes
  PaymentData payment;
};
Result<crypto::SecretBytes> write_payment_instruction(const PaymentInstruction& instruction);
Result<PaymentInstruction> parse_payment_instruction(const crypto::SecretBytes& json);

// One payment as a member of other documents: {"method":"card","number","expiry","holder"},
// {"method":"account","bank","number","holder"} or {"sealed"}.
void write_payment(const Payment& payment, boost::json::object& object);
void write_payment(const PaymentData& payment, boost::json::object& object);
Result<Payment> read_payment(ObjectReader reader);
Result<PaymentData> read_payment_data(ObjectReader reader);

}  // namespace countersign::documents
