// SPDX-License-Identifier: Apache-2.0
#include "merchant/pages.h"

#include <gtest/gtest.h>

#include "merchant/qr.h"
#include "merchant/words.h"
#include "x509/test_network.h"

namespace countersign::merchant {
namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

FormPage korean_form() {
  FormPage page;
  page.frame = {Language::kKorean, "한옥책방 <b>", "/register"};
  page.consent_text = consent_text(Language::kKorean, "한옥책방");
  page.form = "form-id";
  page.token = "form-token";
  return page;
}

TEST(FormPage, NeverTicksTheConsentBeforehand) {
  auto page = korean_form();
  EXPECT_FALSE(contains(form_page(page), "checked"));
  page.email = "minji@example.com";
  page.consent_is_missing = true;
  EXPECT_FALSE(contains(form_page(page), "checked"));
}

TEST(FormPage, ShowsTextVersionLabelsAndLanguage) {
  const auto html = form_page(korean_form());
  EXPECT_TRUE(contains(html, R"(<html lang="ko">)"));
  EXPECT_TRUE(contains(html, R"(<label for="email">)"));
  EXPECT_TRUE(contains(html, R"(<label for="consent">)"));
  EXPECT_TRUE(contains(html, kConsentTextVersion));
  EXPECT_TRUE(contains(html, "인증기관에 인증서를 신청하는 데 동의합니다"));
  EXPECT_TRUE(contains(html, R"(href="/register?lang=en" lang="en")"));
}

TEST(FormPage, NamesEachErrorAtItsFieldAndInTheTitle) {
  auto page = korean_form();
  page.email = "nobody";
  page.email_is_wrong = true;
  const auto html = form_page(page);
  EXPECT_TRUE(contains(html, "<title>오류: "));
  EXPECT_TRUE(contains(html, R"(role="alert")"));
  EXPECT_TRUE(contains(html, R"(href="#email")"));
  EXPECT_TRUE(contains(html, R"(aria-describedby="email-hint email-error" aria-invalid="true")"));
  EXPECT_TRUE(contains(html, R"(value="nobody")"));
}

TEST(FormPage, EscapesWhatComesFromOutside) {
  auto page = korean_form();
  page.email = R"("><script>alert(1)</script>)";
  const auto html = form_page(page);
  EXPECT_FALSE(contains(html, "<script"));
  EXPECT_FALSE(contains(html, "<b>"));
}

TEST(Pages, LoadNothingFromElsewhere) {
  const auto response = page_response(200, front_page({Language::kEnglish, "Hanok Books", "/"}));
  const auto policy = response.header("Content-Security-Policy");
  EXPECT_TRUE(contains(policy, "default-src 'none'"));
  EXPECT_TRUE(contains(policy, "frame-ancestors 'none'"));
  EXPECT_FALSE(contains(as_text(response.body), "http://"));
  EXPECT_FALSE(contains(as_text(response.body), "https://"));
  EXPECT_TRUE(contains(stylesheet(), ":focus-visible"));
}

TEST(DonePage, ShowsTheLinkAsTextAndAsQrCode) {
  const Registration registration{"id", "enrolment", "countersign:enrol?a=1&b=2",
                                  from_unix_seconds(1'800'000'000)};
  const auto html = done_page({Language::kEnglish, "Hanok Books", "/register"}, registration);
  ASSERT_TRUE(html);
  EXPECT_TRUE(contains(html.value(), R"(href="countersign:enrol?a=1&amp;b=2")"));
  EXPECT_TRUE(contains(html.value(), "<svg"));
  EXPECT_TRUE(contains(html.value(), ">2027-01-15 08:00 UTC</time>"));
}

TEST(Words, AreAllThereInBothLanguages) {
  static_assert(sizeof(Words) % sizeof(std::string_view) == 0);
  for (const auto language : {Language::kEnglish, Language::kKorean}) {
    const auto* first = reinterpret_cast<const std::string_view*>(&words_in(language));
    for (std::size_t i = 0; i < sizeof(Words) / sizeof(std::string_view); ++i)
      EXPECT_FALSE(first[i].empty()) << i;
  }
}

TEST(QrSvg, HasAQuietZoneAndANameAndRefusesWhatIsTooLong) {
  const auto svg = qr_svg("HELLO", "a \"label\"");
  ASSERT_TRUE(svg);
  EXPECT_TRUE(contains(svg.value(), R"(viewBox="0 0 29 29")"));  // version 1 is 21 modules, 4 on each side
  EXPECT_TRUE(contains(svg.value(), R"(aria-label="a &quot;label&quot;")"));
  EXPECT_TRUE(contains(svg.value(), R"(d="M4 4h7v1h-7z)"));  // the upper finder pattern
  EXPECT_EQ(x509::code_of(qr_svg(std::string(3000, 'x'), "")), ErrorCode::kTooLarge);
}

}  // namespace
}  // namespace countersign::merchant
