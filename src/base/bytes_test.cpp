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

// RFC 4648 §4, a bit at a time.
std::string base64_by_definition(BytesView bytes) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t bit = 0; bit < bytes.size() * 8; bit += 6) {
    unsigned value = 0;
    for (std::size_t i = bit; i < bit + 6; ++i)
      value = value << 1 | (i < bytes.size() * 8 ? bytes[i / 8] >> (7 - i % 8) & 1U : 0U);
    text.push_back(kAlphabet[value]);
  }
  while (text.size() % 4 != 0) text.push_back('=');
  return text;
}

// Long enough for whole registers and what is left behind them.
TEST(Base64, EncodesAnyLengthAsItIsDefined) {
  Bytes bytes;
  for (std::size_t size = 0; size < 200; ++size) {
    for (unsigned step = 1; step < 64; step += 2) {
      for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * step + size);
      const std::string text = base64_encode(bytes);
      ASSERT_EQ(text, base64_by_definition(bytes)) << size << " octets, step " << step;
      const auto decoded = base64_decode(text);
      ASSERT_TRUE(decoded) << text;
      ASSERT_EQ(decoded.value(), bytes);
    }
    bytes.push_back(0);
  }
}

TEST(Base64, EncodesEveryValueInEveryPlaceOfARegister) {
  for (unsigned value = 0; value < 64; ++value) {
    const Bytes bytes =
        base64_decode(std::string(64, base64_encode(Bytes{std::uint8_t(value << 2)})[0])).value();
    EXPECT_EQ(base64_encode(bytes), base64_by_definition(bytes)) << value;
  }
}

TEST(Base64, RefusesAForeignCharacterInEveryPlace) {
  const std::string text = base64_encode(Bytes(48, 0x5a));
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const char foreign : {'-', '\n', '\0', '\x80', '='}) {
      std::string other = text;
      other[at] = foreign;
      EXPECT_FALSE(base64_decode(other)) << at;
    }
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
