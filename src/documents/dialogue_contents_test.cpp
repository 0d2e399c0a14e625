// SPDX-License-Identifier: Apache-2.0
#include "crypto/digest.h"
#include "documents/dialogue_information.h"
#include "documents/dialogue_payment.h"
#include "documents/dialogue_session.h"
#include "documents/document_samples.h"

namespace countersign::documents {
namespace {

Bytes bytes_of(const crypto::SecretBytes& secret) {
  return to_bytes(secret.reveal(crypto::SecretAccess()));
}
crypto::SecretBytes secret(std::string_view text) {
  return crypto::SecretBytes::copy_of(as_bytes(text));
}

PersonalInformation sample_information() {
  return {.checkout = "checkout-1",
          .origin = "https://shop.example",
          .merchant = {1},
          .purpose = DialoguePurpose::kPurchase,
          .profile = OrderProfile::kSession,
          .gateway_nonce = {2},
          .wallet_nonce = {3},
          .fields = {{{PersonalField::kName, 0}, "김민지", false},
                     {{PersonalField::kBirthDate, 0}, "1990-12-31", false},
                     {{PersonalField::kOverAge, 19}, "", true}}};
}

SessionOffer sample_offer() {
  return {"0192f0c1-2a3b-7c4d-8e5f-001122334455",
          {1},
          "https://shop.example",
          "checkout-1",
          {2},
          {3},
          {4},
          {5},
          parse_time("2026-11-22T08:30:00Z").value()};
}

TEST(PersonalInformation, ReadsBackAsItWasWritten) {
  const auto information = sample_information();
  const auto read = parse_personal_information(write_personal_information(information).value());
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read.value().checkout, information.checkout);
  EXPECT_EQ(read.value().origin, information.origin);
  EXPECT_EQ(read.value().merchant, information.merchant);
  EXPECT_EQ(read.value().purpose, information.purpose);
  EXPECT_EQ(read.value().profile, information.profile);
  EXPECT_EQ(read.value().gateway_nonce, information.gateway_nonce);
  EXPECT_EQ(read.value().wallet_nonce, information.wallet_nonce);
  EXPECT_EQ(read.value().fields, information.fields);
  expect_exact_members(write_personal_information(information).value(), parse_personal_information);
}

TEST(PersonalInformation, RefusesWhatDoesNotSayClearlyWhatIsReleased) {
  const auto fields = [](auto& o) -> boost::json::object& { return o["fields"].get_object(); };
  expect_refusals(
      write_personal_information(sample_information()).value(), parse_personal_information,
      {{"FieldNotNamed", [&](auto& o) { fields(o)["telephone"] = "1"; }, ErrorCode::kMalformed, "telephone"},
       {"NamedFieldMissing", [&](auto& o) { fields(o).erase("name"); }, ErrorCode::kMalformed, "name"},
       {"FieldUnknown", [](auto& o) { o["released"] = {"shoeSize"}; }, ErrorCode::kUnsupported, "fields"},
       {"AgeAsText", [&](auto& o) { fields(o)["overAge:19"] = "yes"; }, ErrorCode::kMalformed, "overAge"},
       {"NoDate", [&](auto& o) { fields(o)["birthDate"] = "1990-02-30"; }, ErrorCode::kMalformed,
        "birthDate"},
       {"EmptyText", [&](auto& o) { fields(o)["name"] = ""; }, ErrorCode::kMalformed, "name"},
       {"OriginWithPath", [](auto& o) { o["origin"] = "https://shop.example/"; }, ErrorCode::kMalformed,
        "origin"},
       {"AnotherDocument", [](auto& o) { o["type"] = "order"; }, ErrorCode::kUnsupported, "type"}});
}

TEST(SessionOffer, ReadsBackAsItWasWritten) {
  const auto offer = sample_offer();
  const auto read = parse_session_offer(write_session_offer(offer).value());
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read.value().session, offer.session);
  EXPECT_EQ(read.value().wallet_nonce, offer.wallet_nonce);
  EXPECT_EQ(read.value().purchaser, offer.purchaser);
  EXPECT_EQ(read.value().agreement, offer.agreement);
  EXPECT_EQ(read.value().envelope, offer.envelope);
  EXPECT_EQ(read.value().expires, offer.expires);
  expect_exact_members(write_session_offer(offer).value(), parse_session_offer);
}

TEST(SessionOffer, RefusesAnotherKindOfIdOrOrigin) {
  expect_refusals(write_session_offer(sample_offer()).value(), parse_session_offer,
                  {{"NoUuid", [](auto& o) { o["session"] = "1"; }, ErrorCode::kMalformed, "session"},
                   {"PlainOrigin", [](auto& o) { o["origin"] = "http://shop.example"; },
                    ErrorCode::kMalformed, "origin"}});
}

TEST(SessionSecrets, ReadBackAsTheyWereWritten) {
  const SessionSecrets secrets{sample_offer().session, crypto::SecretBytes::of_size(32), {1, 2, 3}};
  const auto written = write_session_secrets(secrets).value();
  const auto read = parse_session_secrets(written);
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read.value().session, secrets.session);
  EXPECT_TRUE(crypto::equal_secrets(read.value().session_key, secrets.session_key));
  EXPECT_EQ(read.value().order, secrets.order);
}

TEST(SessionSecrets, RefuseAKeyOfAnotherLength) {
  EXPECT_EQ(
      write_session_secrets({sample_offer().session, crypto::SecretBytes::of_size(16), {1}}).error().code,
      ErrorCode::kMalformed);
  EXPECT_EQ(
      write_session_secrets({sample_offer().session, crypto::SecretBytes::of_size(33), {1}}).error().code,
      ErrorCode::kTooLarge);
}

TEST(PaymentKey, DependsOnSessionKeyAndConnection) {
  const auto key = [](std::string_view session, std::string_view connection) {
    return hex_encode(bytes_of(derive_payment_key(secret(session), as_bytes(connection))));
  };
  EXPECT_EQ(key("session", "connection").size(), 64U);
  EXPECT_EQ(key("session", "connection"), key("session", "connection"));
  EXPECT_NE(key("session", "connection"), key("session", "another"));
  EXPECT_NE(key("session", "connection"), key("another", "connection"));
}

TEST(PaymentKey, IsWhatOpensslDerives) {
  // openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt hexkey:0b0b…(32) -kdfopt hexsalt:0c0c…(32)
  //   -kdfopt info:"wallet to gateway" HKDF
  const auto key = derive_payment_key(crypto::SecretBytes(Bytes(32, 0x0b)), Bytes(32, 0x0c));
  EXPECT_EQ(hex_encode(bytes_of(key)), "d61ced228fb0cb75e9f356cc6f28076e2b0716707984f3acac235990945c34c1");
}

TEST(PaymentInstruction, ReadsBackAndTellsItsKindByNothingOutside) {
  const Sha256Digest order = crypto::sha256(as_bytes("order"));
  const auto card =
      write_payment_instruction({order, CardData{secret("4000123412341234"), "2029-08", "KIM"}});
  const auto account = write_payment_instruction(
      {order, AccountData{"한국은행", secret("110-123-456789-1234567890"), "김민지 (주식회사 한옥)"}});
  ASSERT_TRUE(card && account);
  EXPECT_EQ(card.value().size(), 512U);
  EXPECT_EQ(account.value().size(), 512U);
  const auto read = parse_payment_instruction(account.value());
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read.value().order, order);
  EXPECT_EQ(std::get<AccountData>(read.value().payment).bank, "한국은행");
  EXPECT_EQ(method_of(read.value().payment), PaymentMethod::kAccount);
}

TEST(PaymentInstruction, IsNeverSealedItself) {
  const Bytes good = bytes_of(
      write_payment_instruction({{1}, CardData{secret("4000123412341234"), "2029-08", "KIM"}}).value());
  const auto parse = [](BytesView bytes) {
    return parse_payment_instruction(crypto::SecretBytes::copy_of(bytes));
  };
  expect_refusals(good, parse,
                  {{"Sealed",
                    [](auto& o) {
                      o["payment"] = boost::json::object{{"sealed", "AA=="}};
                    },
                    ErrorCode::kMalformed, "method"},
                   {"TooMuchPadding", [](auto& o) { o["padding"] = std::string(512, '0'); },
                    ErrorCode::kMalformed, "padding"}});
}

TEST(WriteSecretJson, WritesWhatWriteJsonWrites) {
  const boost::json::value value = {{"text", std::string(10'000, 'x')}, {"number", 7}};
  EXPECT_EQ(to_text(bytes_of(write_secret_json(value))), write_json(value));
}

TEST(PassesLuhn, ChecksTheLastDigit) {
  for (const std::string_view number : {"4111111111111111", "5555555555554444", "378282246310005"})
    EXPECT_TRUE(passes_luhn(number)) << number;
  for (const std::string_view number : {"", "4111111111111110", "5555555555554445"})
    EXPECT_FALSE(passes_luhn(number)) << number;
}

}  // namespace
}  // namespace countersign::documents
