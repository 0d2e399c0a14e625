// SPDX-License-Identifier: Apache-2.0
#include "mail/mail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mail/mime.h"

namespace countersign::mail {
namespace {

using testing::HasSubstr;
using testing::Not;

Message example() {
  return {.from = "authority@seoul-1.example",
          .from_name = "Countersign Demo",
          .to = "hong@shop.example",
          .subject = "Your password",
          .text = "Password: abc\n",
          .html = "<p>Password: abc</p>\n"};
}

std::string formatted(const Message& message) {
  const auto bytes =
      format_message(message, "0190aa00-0000-7000-8000-000000000000", from_unix_seconds(1'795'336'200));
  EXPECT_TRUE(bytes) << bytes.error().detail;
  return to_text(bytes.value().reveal(crypto::SecretAccess()));
}

TEST(MailAddress, IsFoundWhateverTheCaseOfItsDomain) {
  EXPECT_EQ(normalize_mail_address("Hong.Gildong@Shop.EXAMPLE"), "Hong.Gildong@shop.example");
}

TEST(FormatMessage, CarriesTextAndHtmlAsAlternatives) {
  const std::string text = formatted(example());
  EXPECT_THAT(
      text,
      HasSubstr("From: \"Countersign Demo\" <authority@seoul-1.example>\r\nTo: <hong@shop.example>\r\n"));
  EXPECT_THAT(text, HasSubstr("Date: Sun, 22 Nov 2026 08:30:00 +0000\r\n"));
  EXPECT_THAT(text, HasSubstr("Message-ID: <0190aa00-0000-7000-8000-000000000000@seoul-1.example>\r\n"));
  EXPECT_THAT(text, HasSubstr("multipart/alternative;\r\n boundary=\"=_0190aa00"));
  EXPECT_THAT(text, HasSubstr("text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: "
                              "quoted-printable\r\n\r\nPassword: abc\r\n"));
  EXPECT_THAT(text, HasSubstr("text/html; charset=UTF-8"));
  EXPECT_TRUE(text.ends_with("--\r\n"));
}

TEST(FormatMessage, KeepsToLinesThatSmtpCarries) {
  Message message = example();
  message.subject =
      "비밀번호가 도착했습니다 — 아주 긴 제목을 가진 편지가 여기에 있습니다, 그래서 접어야 합니다";
  message.from_name = "전자상거래 인증센터";
  message.text = std::string(500, 'x') + " = \n.\n홍길동\r\nline with a space at its end \n";
  message.html = "<p>" + std::string(3000, 'y') + "</p>한국어";
  const std::string text = formatted(message);
  std::size_t start = 0;
  while (start < text.size()) {
    const auto end = text.find("\r\n", start);
    ASSERT_NE(end, std::string::npos) << "every line ends in CRLF";
    EXPECT_LE(end - start, 78u) << text.substr(start, end - start);
    EXPECT_EQ(text.substr(start, end - start).find('\n'), std::string::npos);
    for (std::size_t i = start; i < end; ++i) EXPECT_LT(static_cast<unsigned char>(text[i]), 0x7f);
    start = end + 2;
  }
}

TEST(FormatMessage, RefusesWhatWouldAddAHeader) {
  const std::string break_in = "x\r\nBcc: other@shop.example";
  for (const auto member : {&Message::from, &Message::from_name, &Message::to, &Message::subject}) {
    Message message = example();
    message.*member = break_in;
    EXPECT_EQ(format_message(message, "id-1", {}).error().code, ErrorCode::kMalformed);
    message.*member = std::string("x\0y", 3);
    EXPECT_EQ(format_message(message, "id-1", {}).error().code, ErrorCode::kMalformed);
  }
  EXPECT_EQ(format_message(example(), "id\r\nX: y", {}).error().code, ErrorCode::kMalformed);
}

TEST(FormatMessage, QuotesNamesWithSpecialCharacters) {
  Message message = example();
  message.from_name = "Kim \"&\" Sons, <Ltd>";
  EXPECT_THAT(formatted(message),
              HasSubstr("From: \"Kim \\\"&\\\" Sons, <Ltd>\" <authority@seoul-1.example>\r\n"));
}

TEST(FormatMessage, RefusesWhatIsTooLong) {
  Message message = example();
  message.text.assign(300 << 10, 'x');
  EXPECT_EQ(format_message(message, "id-1", {}).error().code, ErrorCode::kTooLarge);
  message = example();
  message.subject.assign(401, 'x');
  EXPECT_EQ(format_message(message, "id-1", {}).error().code, ErrorCode::kTooLarge);
}

TEST(EncodeHeader, EncodesWholeCharactersInShortWords) {
  EXPECT_EQ(encode_header("plain"), "plain");
  EXPECT_EQ(encode_header("=?UTF-8?B?eA==?="), "=?UTF-8?B?PT9VVEYtOD9CP2VBPT0/PQ==?=");
  std::string korean;
  for (int i = 0; i < 40; ++i) korean += "가";
  const std::string encoded = encode_header(korean);
  std::string decoded;
  std::size_t start = 0;
  while (start < encoded.size()) {
    const auto end = std::min(encoded.find("\r\n ", start), encoded.size());
    EXPECT_LE(end - start, 64u);
    const auto word = base64_decode(encoded.substr(start + 10, end - start - 12)).value();
    EXPECT_EQ(word.size() % 3, 0u) << "no character is cut";
    decoded += to_text(word);
    start = end + 3;
  }
  EXPECT_EQ(decoded, korean);
}

}  // namespace
}  // namespace countersign::mail
