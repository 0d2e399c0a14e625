// SPDX-License-Identifier: Apache-2.0
#include "authority/issuing/application_form.h"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "authority/testing/test_network.h"
#include "documents/json.h"
#include "x509/origins.h"

namespace countersign::authority {
namespace {

boost::json::object form_by_authority() {
  return {{"type", "merchant-application"},
          {"version", 1},
          {"name", "Shop"},
          {"pkcs10", nullptr},
          {"keyByAuthority", true},
          {"email", "shop@example.kr"},
          {"contact", "Kim"},
          {"telephone", "+82 2 000 0000"},
          {"origins", boost::json::array{"https://127.0.0.1:8443"}}};
}

Result<ApplicationForm> parse(const boost::json::object& object) {
  return parse_application(as_bytes(documents::write_json(object)));
}

TEST(ParseApplication, ReadsAnApplicationForAKeyOfTheAuthority) {
  const auto form = take(parse(form_by_authority()));
  EXPECT_EQ(form.name, "Shop");
  EXPECT_FALSE(form.request);
  EXPECT_EQ(form.challenge_port, 0);
}

TEST(ParseApplication, RefusesBothAKeyAndNone) {
  auto object = form_by_authority();
  object["keyByAuthority"] = false;
  EXPECT_EQ(parse(object).error().code, ErrorCode::kMalformed);
  object["keyByAuthority"] = true;
  object["pkcs10"] = "MAA=";
  EXPECT_EQ(parse(object).error().code, ErrorCode::kMalformed);
}

struct BadMember {
  const char* name;
  const char* member;
  boost::json::value value;
};

class RefusedApplication : public ::testing::TestWithParam<BadMember> {};

TEST_P(RefusedApplication, IsMalformed) {
  auto object = form_by_authority();
  object[GetParam().member] = GetParam().value;
  EXPECT_EQ(parse(object).error().code, ErrorCode::kMalformed);
}

INSTANTIATE_TEST_SUITE_P(
    Issuing, RefusedApplication,
    ::testing::Values(BadMember{"AddressWithLineBreak", "email", "a@b.kr\r\nBcc: x@y.kr"},
                      BadMember{"NotAnAddress", "email", "nobody"},
                      BadMember{"NoOrigin", "origins", boost::json::array{}},
                      BadMember{"OriginTwice", "origins", boost::json::array{"https://a.kr", "https://a.kr"}},
                      BadMember{"OriginWithPath", "origins", boost::json::array{"https://a.kr/shop"}},
                      BadMember{"OriginWithDefaultPort", "origins", boost::json::array{"https://a.kr:443"}},
                      BadMember{"OriginWithoutTls", "origins", boost::json::array{"http://a.kr"}},
                      BadMember{"OriginWithUser", "origins", boost::json::array{"https://u@a.kr"}},
                      BadMember{"PortOutOfRange", "challengePort", 70000},
                      BadMember{"UnknownMember", "admin", true},
                      BadMember{"NameWithBidirectionalControl", "name", "Shop\u202e"}),
    [](const auto& parameter) { return std::string(parameter.param.name); });

class MerchantNames : public ::testing::Test {
 protected:
  ApplicationForm form_with(const x509::Name& subject) {
    auto form = take(parse(form_by_authority()));
    form.request = take(x509::verify_pkcs10(take(x509::make_pkcs10(subject, {}, key))));
    return form;
  }
  x509::Name data_centre = name_of("OU=seoul-1,OU=kr,O=Countersign Demo");
  crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
};

TEST_F(MerchantNames, AreBuiltBelowTheDataCentre) {
  const auto form = form_with(name_of("CN=Shop"));
  EXPECT_EQ(take(merchant_subject(form, data_centre)).text(),
            "CN=Shop,OU=merchants,OU=seoul-1,OU=kr,O=Countersign Demo");
}

TEST_F(MerchantNames, DoNotEscapeTheSubtree) {
  for (const char* crafted :
       {"CN=Shop,OU=purchasers,OU=seoul-1,OU=kr,O=Countersign Demo",
        "CN=Shop,OU=merchants,OU=busan-1,OU=kr,O=Countersign Demo", "CN=Other",
        "CN=Shop,CN=Confirmation Signer,OU=authority,OU=seoul-1,OU=kr,O=Countersign Demo"}) {
    EXPECT_EQ(merchant_subject(form_with(name_of(crafted)), data_centre).error().code,
              ErrorCode::kNameNotPermitted)
        << crafted;
  }
}

TEST_F(MerchantNames, ACommaInTheNameStaysWithinItsAttribute) {
  auto form = take(parse(form_by_authority()));
  form.name = "Shop,OU=authority";
  const auto subject = take(merchant_subject(form, data_centre));
  EXPECT_EQ(subject.attributes().size(), 5U);
  EXPECT_EQ(subject.value_of("CN"), "Shop,OU=authority");
}

TEST(MerchantAlternativeNames, AreTheOriginsAndExactlyTheirHosts) {
  const auto names =
      take(x509::names_of_origins({"https://a.kr", "https://a.kr:8443", "https://127.0.0.1:9"}));
  EXPECT_EQ(names.dns, std::vector<std::string>{"a.kr"});
  EXPECT_EQ(names.ip, std::vector<std::string>{"127.0.0.1"});
  EXPECT_EQ(names.origins.size(), 3U);
}

TEST(MerchantAlternativeNames, RefuseAHostThatIsNoOrigin) {
  const auto due = take(x509::names_of_origins({"https://a.kr"}));
  auto asked = due;
  asked.dns.emplace_back("bank.kr");
  EXPECT_EQ(check_alternative_names(asked, due).error().code, ErrorCode::kNameNotPermitted);
  asked = due;
  asked.origins.emplace_back("https://bank.kr");
  EXPECT_EQ(check_alternative_names(asked, due).error().code, ErrorCode::kNameNotPermitted);
}

}  // namespace
}  // namespace countersign::authority
