// SPDX-License-Identifier: Apache-2.0
#include "base/bytes.h"

#include <gtest/gtest.h>

namespace countersign {
namespace {

TEST(Base64, AgreesWithTheVectorsOfRfc4648) {
  struct Row {
    const char* name;
    const char* plain;
    const char* encoded;
  };
  const Row rows[] = {{"empty", "", ""},
                      {"one", "f", "Zg=="},
                      {"two", "fo", "Zm8="},
                      {"three", "foo", "Zm9v"},
                      {"four", "foob", "Zm9vYg=="},
                      {"five", "fooba", "Zm9vYmE="},
                      {"six", "foobar", "Zm9vYmFy"}};
  for (const Row& row : rows) {
    EXPECT_EQ(base64_encode(as_bytes(row.plain)), row.encoded) << row.name;
    Bytes behind = to_bytes(std::string_view("text "));
    append_base64(behind, as_bytes(row.plain));
    EXPECT_EQ(as_text(behind), "text " + std::string(row.encoded)) << row.name;
    const Result<Bytes> decoded = base64_decode(row.encoded);
    ASSERT_TRUE(decoded) << row.name;
    EXPECT_EQ(as_text(decoded.value()), row.plain) << row.name;
  }
}

TEST(Base64, RefusesEverySecondSpellingOfTheSameBytes) {
  for (const char* text :
       {"Zg", "Zg=", "Zh==", "Zm9=", "Zg==\n", " Zg==", "Z===", "====", "Zg==Zg==", "Zm8-"})
    EXPECT_FALSE(base64_decode(text)) << text;
  for (const char* text : {"Zg==", "Zh", "Z", "Zm8+"}) EXPECT_FALSE(base64url_decode(text)) << text;
}

TEST(Hex, RoundTripsAndRefusesForeignCharacters) {
  const Bytes bytes{0x00, 0x7f, 0xff};
  EXPECT_EQ(hex_encode(bytes), "007fff");
  EXPECT_EQ(hex_decode("007FfF").value(), bytes);
  EXPECT_FALSE(hex_decode("0"));
  EXPECT_FALSE(hex_decode("0g"));
}

}  // namespace
}  // namespace countersign
