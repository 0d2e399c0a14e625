// SPDX-License-Identifier: Apache-2.0
#include "documents/dialogue.h"

#include "documents/document_samples.h"

namespace countersign::documents {
namespace {

namespace json = boost::json;

Bytes bytes_of(const crypto::SecretBytes& secret) {
  return to_bytes(secret.reveal(crypto::SecretAccess()));
}
crypto::SecretBytes secret(std::string_view text) {
  return crypto::SecretBytes::copy_of(as_bytes(text));
}
CardData sample_card() {
  return {secret("4000123412341234"), "2029-08", "KIM MINJI"};
}

PurchaseOpening sample_opening() {
  return {{OrderProfile::kSession, OrderProfile::kPlain}, Sha256Digest{1}, {1, 2}, {3, 4}};
}
Information sample_information() {
  return {{5, 6}, sample_card(), Bytes{7}};
}
InformationRequest sample_request() {
  return {OrderProfile::kPlain,
          Sha256Digest{2},
          DialoguePurpose::kPurchase,
          {OrderProfile::kSession, OrderProfile::kPlain},
          {{PersonalField::kName, 0}, {PersonalField::kOverAge, 19}},
          std::vector{PaymentMethod::kCard, PaymentMethod::kAccount},
          Bytes{8},
          std::nullopt};
}
x509::Name sample_company() {
  return sample_name("CN=Han River Card,OU=card-companies,OU=seoul-1,OU=kr,O=Countersign Demo");
}
InformationRequest sample_split_request() {
  return {.profile = OrderProfile::kSet,
          .nonce = Sha256Digest{2},
          .profiles = {OrderProfile::kSet},
          .fields = {},
          .methods = std::nullopt,
          .order = std::nullopt,
          .sealing_certificate = std::nullopt,
          .companies = {sample_company()}};
}
SplitOffer sample_split_offer() {
  return {{1}, {2}, {3}, {4}, {5}, {PaymentMethod::kCard}};
}
Outcome reviewed() {
  return {Outcome::Kind::kDeclined, std::nullopt, "card_expired", 1, Bytes{1}, Bytes{2}};
}
Outcome declined() {
  return {Outcome::Kind::kDeclined, std::nullopt, "insufficient_limit", 2};
}

Bytes written(const WalletMessage& message) {
  return bytes_of(write_dialogue(message).value());
}
Bytes written(const GatewayMessage& message) {
  return write_dialogue(message).value();
}

// Every message is read back as what it was, and by its own side only.
template <typename Message>
void expect_one_form(const Message& message) {
  const Bytes bytes = written(message);
  if constexpr (std::is_same_v<Message, WalletMessage>) {
    const auto read = parse_wallet_message(bytes);
    ASSERT_TRUE(read) << read.error().detail;
    EXPECT_EQ(read.value().index(), message.index());
    EXPECT_EQ(written(read.value()), bytes);
    EXPECT_EQ(parse_gateway_message(bytes).error().code, ErrorCode::kUnsupported);
  } else {
    const auto read = parse_gateway_message(bytes);
    ASSERT_TRUE(read) << read.error().detail;
    EXPECT_EQ(read.value().index(), message.index());
    EXPECT_EQ(written(read.value()), bytes);
    EXPECT_EQ(parse_wallet_message(bytes).error().code, ErrorCode::kUnsupported);
  }
}

TEST(Dialogue, ReadsBackWhatAWalletWrites) {
  expect_one_form<WalletMessage>(sample_opening());
  PurchaseOpening grouped = sample_opening();
  grouped.group = OrderGroup{"00112233445566778899aabbccddeeff", 3};
  expect_one_form<WalletMessage>(grouped);
  expect_one_form<WalletMessage>(sample_information());
  expect_one_form<WalletMessage>(Information{{5, 6}, std::nullopt, std::nullopt});
  expect_one_form<WalletMessage>(
      PaymentMessage{AccountData{"한국은행", secret("110-123-456789"), "김민지"}, {1}});
  expect_one_form<WalletMessage>(PaymentMessage{SealedPayment{{1, 2, 3}}, {1}});
  expect_one_form<WalletMessage>(Information{{5, 6}, std::nullopt, std::nullopt, sample_company()});
}

TEST(Dialogue, ReadsBackWhatAGatewayWrites) {
  expect_one_form<GatewayMessage>(sample_request());
  expect_one_form<GatewayMessage>(InformationRequest{});
  expect_one_form<GatewayMessage>(PaymentRequest{{PaymentMethod::kAccount}, {1}, Bytes{2}});
  expect_one_form<GatewayMessage>(SessionOfferMessage{{1}, {2}, {PaymentMethod::kCard}});
  expect_one_form<GatewayMessage>(sample_split_request());
  expect_one_form<GatewayMessage>(sample_split_offer());
  expect_one_form<GatewayMessage>(declined());
  expect_one_form<GatewayMessage>(reviewed());
  expect_one_form<GatewayMessage>(Outcome{Outcome::Kind::kConfirmation, Bytes{1}, "", 0});
  expect_one_form<GatewayMessage>(Outcome{Outcome::Kind::kRefusal, Bytes{1}, "certificate_revoked", 0});
  expect_one_form<GatewayMessage>(Outcome{Outcome::Kind::kIdentified, std::nullopt, "", 0});
}

TEST(Dialogue, KeepsWhatAMessageSays) {
  const auto opening = std::get<PurchaseOpening>(parse_wallet_message(written(sample_opening())).value());
  EXPECT_EQ(opening.profiles, sample_opening().profiles);
  EXPECT_EQ(opening.nonce, sample_opening().nonce);
  EXPECT_EQ(opening.agreement_certificate, sample_opening().agreement_certificate);
  const auto request = std::get<InformationRequest>(parse_gateway_message(written(sample_request())).value());
  EXPECT_EQ(request.profiles, sample_request().profiles);
  EXPECT_EQ(request.fields, sample_request().fields);
  EXPECT_EQ(request.methods, sample_request().methods);
  EXPECT_EQ(request.order, sample_request().order);
  const auto message = parse_wallet_message(written(sample_information()));
  const auto& card = std::get<CardData>(*std::get<Information>(message.value()).payment);
  EXPECT_TRUE(crypto::equal_secrets(card.number, sample_card().number));
  EXPECT_EQ(card.expiry, "2029-08");
  EXPECT_EQ(card.holder, "KIM MINJI");
  EXPECT_EQ(std::get<Outcome>(parse_gateway_message(written(declined())).value()).tries_left, 2);
}

TEST(Dialogue, KeepsWhatAMessageSaysOfASplitPayment) {
  const auto request =
      std::get<InformationRequest>(parse_gateway_message(written(sample_split_request())).value());
  EXPECT_EQ(request.companies, sample_split_request().companies);
  const auto message =
      parse_wallet_message(written(Information{{5, 6}, std::nullopt, std::nullopt, sample_company()}));
  EXPECT_EQ(std::get<Information>(message.value()).company, sample_company());
  const auto offer = std::get<SplitOffer>(parse_gateway_message(written(sample_split_offer())).value());
  EXPECT_EQ(offer.order, Bytes{1});
  EXPECT_EQ(offer.certificate, Bytes{2});
  EXPECT_EQ(offer.certificate_status, Bytes{3});
  EXPECT_EQ(offer.agreement_certificate, Bytes{4});
  EXPECT_EQ(offer.agreement_status, Bytes{5});
  const auto outcome = std::get<Outcome>(parse_gateway_message(written(reviewed())).value());
  EXPECT_EQ(outcome.review, Bytes{1});
  EXPECT_EQ(outcome.payment, Bytes{2});
}

TEST(Dialogue, DemandsEveryMemberAndNoOther) {
  expect_exact_members(written(sample_opening()), parse_wallet_message);
  expect_exact_members(written(sample_information()), parse_wallet_message);
  expect_exact_members(written(PaymentMessage{sample_card(), {1}}), parse_wallet_message);
  expect_exact_members(written(sample_request()), parse_gateway_message);
  expect_exact_members(written(PaymentRequest{{PaymentMethod::kCard}, {1}, {}}), parse_gateway_message);
  expect_exact_members(written(SessionOfferMessage{{1}, {2}, {PaymentMethod::kCard}}), parse_gateway_message);
  expect_exact_members(written(declined()), parse_gateway_message);
  expect_exact_members(written(sample_split_request()), parse_gateway_message);
  expect_exact_members(written(sample_split_offer()), parse_gateway_message);
  expect_exact_members(written(reviewed()), parse_gateway_message);
}

TEST(Dialogue, RefusesWhatAWalletMustNotSend) {
  const auto nothing = [](auto&) {};
  expect_refusals(written(declined()), parse_wallet_message,
                  {{"AGatewaysMessage", nothing, ErrorCode::kUnsupported, "type"}});
  expect_refusals(
      written(sample_opening()), parse_wallet_message,
      {{"AnotherVersion", [](auto& o) { o["version"] = 2; }, ErrorCode::kUnsupported, "version"},
       {"NoProfile", [](auto& o) { o["profiles"] = json::array(); }, ErrorCode::kMalformed, "profiles"},
       {"ProfileTwice",
        [](auto& o) {
          o["profiles"] = {"plain", "plain"};
        },
        ErrorCode::kMalformed, "profiles"},
       {"ProfileUnknown", [](auto& o) { o["profiles"] = {"bare"}; }, ErrorCode::kUnsupported, "profile"},
       {"NonceTooShort", [](auto& o) { o["nonce"] = "00"; }, ErrorCode::kMalformed, "nonce"},
       {"NotBase64", [](auto& o) { o["certificate"] = "*"; }, ErrorCode::kMalformed, "certificate"},
       {"CertificateTooLarge", [](auto& o) { o["certificate"] = base64_encode(Bytes(8193)); },
        ErrorCode::kTooLarge, "certificate"}});
  const auto payment = [](auto& o) -> json::object& { return o["payment"].get_object(); };
  expect_refusals(
      written(sample_information()), parse_wallet_message,
      {{"LettersInTheNumber", [&](auto& o) { payment(o)["number"] = "4000x23412341234"; },
        ErrorCode::kMalformed, "number"},
       {"NumberTooShort", [&](auto& o) { payment(o)["number"] = "12345678901"; }, ErrorCode::kMalformed,
        "number"},
       {"NumberTooLong", [&](auto& o) { payment(o)["number"] = std::string(20, '1'); }, ErrorCode::kMalformed,
        "number"},
       {"NoMonth", [&](auto& o) { payment(o)["expiry"] = "2029-13"; }, ErrorCode::kMalformed, "expiry"},
       {"NoHolder", [&](auto& o) { payment(o)["holder"] = ""; }, ErrorCode::kMalformed, "holder"},
       {"MethodUnknown", [&](auto& o) { payment(o)["method"] = "cash"; }, ErrorCode::kUnsupported, "method"},
       {"SealedAndReadable", [&](auto& o) { payment(o)["sealed"] = "AA=="; }, ErrorCode::kMalformed,
        "unknown"},
       {"BankOfACard", [&](auto& o) { payment(o)["bank"] = "x"; }, ErrorCode::kMalformed, "bank"},
       {"EmptySignedOrder", [](auto& o) { o["signedOrder"] = ""; }, ErrorCode::kMalformed, "signedOrder"}});
}

TEST(Dialogue, RefusesWhatAGatewayMustNotSend) {
  expect_refusals(
      written(sample_request()), parse_gateway_message,
      {{"FieldUnknown", [](auto& o) { o["fields"] = {"shoeSize"}; }, ErrorCode::kUnsupported, "fields"},
       {"FieldTwice",
        [](auto& o) {
          o["fields"] = {"name", "name"};
        },
        ErrorCode::kMalformed, "fields"},
       {"AgeZero", [](auto& o) { o["fields"] = {"overAge:0"}; }, ErrorCode::kUnsupported, "fields"},
       {"AgeInAnotherSpelling", [](auto& o) { o["fields"] = {"overAge:019"}; }, ErrorCode::kUnsupported,
        "fields"},
       {"AgeTooHigh", [](auto& o) { o["fields"] = {"overAge:151"}; }, ErrorCode::kUnsupported, "fields"},
       {"PurposeUnknown", [](auto& o) { o["purpose"] = "fun"; }, ErrorCode::kUnsupported, "purpose"},
       {"PaymentWithoutOrder", [](auto& o) { o["order"] = nullptr; }, ErrorCode::kMalformed, "order"},
       {"NoMethod",
        [](auto& o) {
          o["payment"] = json::object{{"methods", json::array()}};
        },
        ErrorCode::kMalformed, "methods"}});
  expect_refusals(
      written(declined()), parse_gateway_message,
      {{"DeclinedWithoutCode", [](auto& o) { o["code"] = nullptr; }, ErrorCode::kMalformed, "code"},
       {"CodeIsNoName", [](auto& o) { o["code"] = "Sorry!"; }, ErrorCode::kMalformed, "code"},
       {"DeclinedWithDocument", [](auto& o) { o["document"] = "AA=="; }, ErrorCode::kMalformed, "document"},
       {"KindUnknown", [](auto& o) { o["kind"] = "maybe"; }, ErrorCode::kUnsupported, "kind"},
       {"TooManyTries", [](auto& o) { o["triesLeft"] = 10; }, ErrorCode::kMalformed, "triesLeft"}});
  expect_refusals(
      written(Outcome{Outcome::Kind::kConfirmation, Bytes{1}, "", 0}), parse_gateway_message,
      {{"ConfirmedWithoutDocument", [](auto& o) { o["document"] = nullptr; }, ErrorCode::kMalformed,
        "document"},
       {"ConfirmedWithTries", [](auto& o) { o["triesLeft"] = 1; }, ErrorCode::kMalformed, "triesLeft"}});
}

TEST(Dialogue, RefusesASplitPaymentThatIsNotWhole) {
  const auto company = sample_company().text();
  expect_refusals(
      written(sample_split_request()), parse_gateway_message,
      {{"NoCompany", [](auto& o) { o["companies"] = json::array(); }, ErrorCode::kMalformed, "companies"},
       {"OneCompanyTwice",
        [&](auto& o) {
          o["companies"] = {company, company};
        },
        ErrorCode::kMalformed, "companies"},
       {"CompanyInAnotherSpelling", [](auto& o) { o["companies"] = json::array{"cn=Card"}; },
        ErrorCode::kMalformed, "companies"},
       {"InAnotherProfile", [](auto& o) { o["profile"] = "session"; }, ErrorCode::kMalformed, "companies"},
       {"WhereNothingIsBought", [](auto& o) { o["purpose"] = "login"; }, ErrorCode::kMalformed,
        "companies"}});
  expect_refusals(
      written(sample_split_offer()), parse_gateway_message,
      {{"NoStatus", [](auto& o) { o["certificateStatus"] = ""; }, ErrorCode::kMalformed, "certificateStatus"},
       {"NoMethod", [](auto& o) { o["methods"] = json::array(); }, ErrorCode::kMalformed, "methods"}});
  expect_refusals(
      written(reviewed()), parse_gateway_message,
      {{"ReviewWithoutPayment", [](auto& o) { o["payment"] = nullptr; }, ErrorCode::kMalformed, "review"},
       {"PaymentWithoutReview", [](auto& o) { o["review"] = nullptr; }, ErrorCode::kMalformed, "review"},
       {"OfALogIn",
        [](auto& o) {
          o["kind"] = "identified";
          o["code"] = nullptr;
          o["triesLeft"] = 0;
        },
        ErrorCode::kMalformed, "review"}});
}

}  // namespace
}  // namespace countersign::documents
