// SPDX-License-Identifier: Apache-2.0
#include "x509/name.h"

#include <gtest/gtest.h>

#include "x509/der.h"

namespace countersign::x509 {
namespace {

Name name(std::string_view text) {
  return Name::from_text(text).value();
}

const Name kSeoul = name("OU=seoul-1,OU=kr,O=Countersign Demo");

TEST(NameFromText, ReadsTheMostSpecificAttributeFirst) {
  const Name shop = name("CN=Shop,OU=merchants,OU=seoul-1,OU=kr,O=Countersign Demo");
  EXPECT_EQ(shop.attributes().front(), (NameAttribute{"O", "Countersign Demo"}));
  EXPECT_EQ(shop.attributes().back(), (NameAttribute{"CN", "Shop"}));
  EXPECT_EQ(shop.value_of("OU"), "merchants");
  EXPECT_EQ(shop.value_of("UID"), "");
}

TEST(NameFromText, ReadsEscapesAndWritesTheOneForm) {
  struct Row {
    const char* text;
    const char* value;
    const char* written;
  };
  const Row rows[] = {{"CN=Kim\\, Lee \\+ Sons", "Kim, Lee + Sons", "CN=Kim\\, Lee \\+ Sons"},
                      {"cn=\\#1", "#1", "CN=\\#1"},
                      {"CN=a=b#c", "a=b#c", "CN=a=b#c"},
                      {"CN=\\EC\\84\\9C\\EC\\9A\\B8", "서울", "CN=서울"},
                      {"CN=\\2C", ",", "CN=\\,"},
                      {"CN=a\\\\b\\\"c\\\"", "a\\b\"c\"", "CN=a\\\\b\\\"c\\\""}};
  for (const Row& row : rows) {
    const Result<Name> read = Name::from_text(row.text);
    ASSERT_TRUE(read) << row.text;
    EXPECT_EQ(read.value().value_of("CN"), row.value);
    EXPECT_EQ(read.value().text(), row.written);
    EXPECT_EQ(Name::from_text(read.value().text()).value(), read.value());
    EXPECT_EQ(Name::from_der(read.value().der()).value(), read.value());
  }
}

TEST(NameFromText, RefusesWhatIsNotInTheAcceptedForm) {
  const char* const refused[] = {"",
                                 "CN",
                                 "CN=",
                                 "=x",
                                 "CN=a,",
                                 ",CN=a",
                                 "CN=a+UID=b",
                                 "CN=#0c0161",
                                 "CN=\"a\"",
                                 "CN=a;O=b",
                                 "CN= a",
                                 "CN=a ",
                                 "CN=\\20a",
                                 "CN=a\\0ab",
                                 "CN=a\\00b",
                                 "CN=\\C0\\AF",
                                 "CN=a\\zz",
                                 "CN=a\\",
                                 "CN=\xe2\x80\xaex",
                                 "EMAIL=a@b",
                                 "DC=example",
                                 "CN=a, O=b",
                                 "2.5.4.3=a",
                                 "C=kr",
                                 "C=KOR"};
  for (const char* text : refused) EXPECT_FALSE(Name::from_text(text)) << text;
  EXPECT_TRUE(Name::from_text("CN=" + std::string(200, 'x')));
  EXPECT_FALSE(Name::from_text("CN=" + std::string(201, 'x')));
  EXPECT_FALSE(Name::from_attributes(std::vector<NameAttribute>(17, {"OU", "x"})));
}

// Encodings that other software makes and that a name constraint may read as another name.
TEST(NameFromDer, RefusesOtherEncodingsOfTheSameWords) {
  using der::Tag;
  const auto attribute = [](Tag tag, std::string_view value) {
    return der::sequence({der::oid("2.5.4.3"), der::text(tag, value)});
  };
  const Bytes utf8 = attribute(Tag::kUtf8String, "Shop");
  const Bytes printable = attribute(Tag::kPrintableString, "Shop");
  const Bytes uid = der::sequence({der::oid("0.9.2342.19200300.100.1.1"), der::text(Tag::kUtf8String, "b")});
  const Bytes mail = der::sequence({der::oid("1.2.840.113549.1.9.1"), der::text(Tag::kIa5String, "a@b.kr")});
  struct Row {
    const char* name;
    Bytes der;
    bool accepted;
  };
  const Row rows[] = {
      {"UTF8String", der::sequence({der::wrap(Tag::kSet, utf8)}), true},
      {"PrintableString", der::sequence({der::wrap(Tag::kSet, printable)}), false},
      {"no RDN", der::sequence({}), false},
      {"empty RDN", der::sequence({der::wrap(Tag::kSet, BytesView())}), false},
      {"multi-valued RDN", der::sequence({der::wrap(Tag::kSet, {utf8, uid})}), false},
      {"e-mail address", der::sequence({der::wrap(Tag::kSet, mail)}), false},
      {"empty value", der::sequence({der::wrap(Tag::kSet, attribute(Tag::kUtf8String, ""))}), false},
      {"zero character",
       der::sequence({der::wrap(Tag::kSet, attribute(Tag::kUtf8String, std::string_view("a\0b", 3)))}),
       false},
      {"trailing byte", der::concatenate({der::sequence({der::wrap(Tag::kSet, utf8)}), Bytes{0}}), false}};
  for (const Row& row : rows) EXPECT_EQ(Name::from_der(row.der).has_value(), row.accepted) << row.name;
}

TEST(IsBelow, IsNotDeceivedByPrefixesCaseOrEscapes) {
  EXPECT_TRUE(name("CN=Shop,OU=seoul-1,OU=kr,O=Countersign Demo").is_below(kSeoul));
  const char* const outside[] = {"OU=seoul-1,OU=kr,O=Countersign Demo",  // the subtree itself
                                 "OU=kr,O=Countersign Demo",
                                 "CN=Shop,OU=seoul-1x,OU=kr,O=Countersign Demo",
                                 "CN=Shop,OU=seoul-,OU=kr,O=Countersign Demo",
                                 "CN=Shop,OU=Seoul-1,OU=kr,O=Countersign Demo",
                                 "CN=Shop,OU=seoul-1\\,OU\\=kr,O=Countersign Demo",
                                 "CN=Shop\\,OU=seoul-1\\,OU=kr,O=Countersign Demo",
                                 "CN=Shop,OU=seoul-1,OU=kr,O=Countersign  Demo",
                                 "CN=Shop,OU=seoul-1,OU=kr,O=Countersign Demo,O=Countersign Demo",
                                 "CN=Shop,OU=kr,OU=seoul-1,O=Countersign Demo",
                                 "CN=Shop,CN=seoul-1,OU=kr,O=Countersign Demo"};
  for (const char* text : outside) EXPECT_FALSE(name(text).is_below(kSeoul)) << text;
}

TEST(Child, AddsOneRdnAtTheSpecificEnd) {
  const Name shop = kSeoul.child("OU", "merchants").value().child("CN", "A, B").value();
  EXPECT_EQ(shop.text(), "CN=A\\, B,OU=merchants,OU=seoul-1,OU=kr,O=Countersign Demo");
  EXPECT_TRUE(shop.is_below(kSeoul));
  EXPECT_FALSE(kSeoul.child("CN", ""));
}

TEST(RelativeSubscriberPath, IsWhatIsLeftAfterTheSharedPart) {
  const Name here = name("UID=u1,OU=purchasers,OU=seoul-1,OU=kr,O=Countersign Demo");
  const RelativePath own = relative_subscriber_path(here, kSeoul);
  EXPECT_TRUE(own.up.empty());
  EXPECT_EQ(own.down, (std::vector<NameAttribute>{{"OU", "purchasers"}, {"UID", "u1"}}));

  const Name there = name("UID=u1,OU=purchasers,OU=busan-1,OU=kr,O=Countersign Demo");
  const RelativePath other = relative_subscriber_path(there, kSeoul);
  EXPECT_EQ(other.up, (std::vector<NameAttribute>{{"OU", "seoul-1"}}));
  EXPECT_EQ(other.down, (std::vector<NameAttribute>{{"OU", "busan-1"}, {"OU", "purchasers"}, {"UID", "u1"}}));
}

}  // namespace
}  // namespace countersign::x509
