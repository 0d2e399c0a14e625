// SPDX-License-Identifier: Apache-2.0
#include "documents/dialogue_payment.h"

#include <algorithm>

#include "documents/fields.h"

namespace countersign::documents {
namespace {

constexpr JsonLimits kInstructionLimits{.bytes = 8 << 10, .depth = 3, .members = 32, .wiped = true};
constexpr std::size_t kPadding = 512;
constexpr std::size_t kMaxHolder = 100;
constexpr std::size_t kMaxEnvelope = 16 << 10;
constexpr crypto::SecretAccess kAccess{};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

auto malformed(std::string_view what) {
  return fail(ErrorCode::kMalformed, std::string("payment.") + std::string(what));
}

Result<crypto::SecretBytes> read_number(ObjectReader& reader, std::size_t min, std::size_t max,
                                        std::string_view besides_digits) {
  TRY(auto number, reader.secret_text("number", max, min));
  const bool is_number = std::ranges::all_of(as_text(number.reveal(kAccess)), [&](char c) {
    return is_digit(c) || besides_digits.find(c) != std::string_view::npos;
  });
  if (!is_number) return malformed("number: not a number");
  return number;
}

Result<std::string> read_expiry(ObjectReader& reader) {
  TRY(std::string expiry, reader.text("expiry", 7, 7));
  if (!parse_time(expiry + "-01T00:00:00Z")) return malformed("expiry: not a year and month");
  return expiry;
}

void write_data(const CardData& card, boost::json::object& object) {
  object["method"] = "card";
  object["number"] = as_text(card.number.reveal(kAccess));
  object["expiry"] = card.expiry;
  object["holder"] = card.holder;
}

void write_data(const AccountData& account, boost::json::object& object) {
  object["method"] = "account";
  object["bank"] = account.bank;
  object["number"] = as_text(account.number.reveal(kAccess));
  object["holder"] = account.holder;
}

void write_data(const SealedPayment& sealed, boost::json::object& object) {
  object["sealed"] = base64_encode(sealed.envelope);
}

}  // namespace

std::string_view method_name(PaymentMethod method) {
  return method == PaymentMethod::kCard ? "card" : "account";
}

Result<PaymentMethod> method_of_name(std::string_view name) {
  if (name == "card") return PaymentMethod::kCard;
  if (name == "account") return PaymentMethod::kAccount;
  return fail(ErrorCode::kUnsupported, "payment.method: not known");
}

PaymentMethod method_of(const PaymentData& payment) {
  return std::holds_alternative<CardData>(payment) ? PaymentMethod::kCard : PaymentMethod::kAccount;
}

bool passes_luhn(std::string_view digits) {
  int sum = 0;
  bool doubled = false;
  for (auto c = digits.rbegin(); c != digits.rend(); ++c, doubled = !doubled) {
    const int value = (*c - '0') * (doubled ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return !digits.empty() && sum % 10 == 0;
}

void write_payment(const Payment& payment, boost::json::object& object) {
  std::visit([&](const auto& data) { write_data(data, object); }, payment);
}

void write_payment(const PaymentData& payment, boost::json::object& object) {
  std::visit([&](const auto& data) { write_data(data, object); }, payment);
}

Result<Payment> read_payment(ObjectReader reader) {
  if (!reader.has("sealed")) {
    TRY(PaymentData data, read_payment_data(std::move(reader)));
    return std::visit([](auto known) { return Payment(std::move(known)); }, std::move(data));
  }
  TRY(Bytes envelope, reader.base64("sealed", kMaxEnvelope));
  TRY(reader.finish());
  return Payment(SealedPayment{std::move(envelope)});
}

Result<PaymentData> read_payment_data(ObjectReader reader) {
  TRY(const std::string name, reader.text("method", 16));
  TRY(const PaymentMethod method, method_of_name(name));
  TRY(std::string holder, reader.text("holder", kMaxHolder));
  if (method == PaymentMethod::kCard) {
    TRY(crypto::SecretBytes number, read_number(reader, 12, 19, ""));
    TRY(std::string expiry, read_expiry(reader));
    TRY(reader.finish());
    return PaymentData(CardData{std::move(number), std::move(expiry), std::move(holder)});
  }
  TRY(crypto::SecretBytes number, read_number(reader, 4, 40, "-"));
  TRY(std::string bank, reader.text("bank", 60));
  TRY(reader.finish());
  return PaymentData(AccountData{std::move(bank), std::move(number), std::move(holder)});
}

Result<crypto::SecretBytes> write_payment_instruction(const PaymentInstruction& instruction) {
  boost::json::object object(begin_document("payment-instruction"), wiped_storage());
  object["order"] = hex_encode(instruction.order);
  boost::json::object payment(wiped_storage());
  write_payment(instruction.payment, payment);
  object["payment"] = std::move(payment);
  object["padding"] = "";
  const std::size_t size = write_secret_json(object).size();
  object["padding"] = std::string((kPadding - size % kPadding) % kPadding, '0');
  crypto::SecretBytes bytes = write_secret_json(object);
  TRY(parse_payment_instruction(bytes));
  return bytes;
}

Result<PaymentInstruction> parse_payment_instruction(const crypto::SecretBytes& json) {
  TRY(ObjectReader reader, ObjectReader::parse(json.reveal(kAccess), "instruction", kInstructionLimits));
  TRY(reader.expect("payment-instruction", 1));
  TRY(const Sha256Digest order, reader.digest("order"));
  TRY(ObjectReader object, reader.object("payment"));
  TRY(PaymentData payment, read_payment_data(std::move(object)));
  TRY(reader.text("padding", kPadding - 1, 0));
  TRY(reader.finish());
  return PaymentInstruction{order, std::move(payment)};
}

}  // namespace countersign::documents
