// SPDX-License-Identifier: Apache-2.0
#include "merchant/form.h"

#include <gtest/gtest.h>

#include "merchant/tokens.h"
#include "x509/test_network.h"

namespace countersign::merchant {
namespace {

using x509::code_of;

http::Request form_request(std::string_view body) {
  http::Request request;
  request.method = "POST";
  request.headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8";
  request.body = to_bytes(body);
  return request;
}

TEST(ReadForm, DecodesFields) {
  const auto fields =
      read_form(form_request("email=a%2Bb%40example.com&name=%EA%B9%80+%EB%AF%BC%EC%A7%80&empty="));
  ASSERT_TRUE(fields);
  EXPECT_EQ(field(fields.value(), "email"), "a+b@example.com");
  EXPECT_EQ(field(fields.value(), "name"), "김 민지");
  EXPECT_EQ(field(fields.value(), "empty"), "");
  EXPECT_EQ(field(fields.value(), "absent"), "");
}

TEST(ReadForm, RefusesRepeatedFieldsBadEncodingsAndOtherTypes) {
  EXPECT_EQ(code_of(read_form(form_request("a=1&a=2"))), ErrorCode::kMalformed);
  EXPECT_EQ(code_of(read_form(form_request("a=%4"))), ErrorCode::kMalformed);
  EXPECT_EQ(code_of(read_form(form_request("a=%zz"))), ErrorCode::kMalformed);
  EXPECT_EQ(code_of(read_form(form_request(std::string(17 << 10, 'a')))), ErrorCode::kTooLarge);
  auto json = form_request("{}");
  json.headers["Content-Type"] = "application/json";
  EXPECT_EQ(code_of(read_form(json)), ErrorCode::kUnsupported);
}

TEST(Cookie, IsFoundAmongOthers) {
  http::Request request;
  request.headers["Cookie"] = "a=1; __Host-countersign-form=xyz; b=2";
  EXPECT_EQ(cookie(request, "__Host-countersign-form"), "xyz");
  EXPECT_EQ(cookie(request, "form"), "");
}

TEST(SameOrigin, RefusesFormsOfOtherSites) {
  http::Request request;
  request.headers["Host"] = "shop.example:8443";
  EXPECT_TRUE(require_same_origin(request));
  request.headers["Origin"] = "https://shop.example:8443";
  EXPECT_TRUE(require_same_origin(request));
  request.headers["Origin"] = "https://evil.example";
  EXPECT_EQ(code_of(require_same_origin(request)), ErrorCode::kForbidden);
  request.headers["Origin"] = "null";
  EXPECT_EQ(code_of(require_same_origin(request)), ErrorCode::kForbidden);
}

TEST(LanguageOf, PrefersTheQueryThenTheBrowser) {
  http::Request request;
  EXPECT_EQ(language_of(request), Language::kEnglish);
  request.headers["Accept-Language"] = "fr, ko-KR;q=0.9, en;q=0.8";
  EXPECT_EQ(language_of(request), Language::kKorean);
  request.query["lang"] = "en";
  EXPECT_EQ(language_of(request), Language::kEnglish);
  request.query["lang"] = "xx";
  EXPECT_EQ(language_of(request), Language::kKorean);
}

TEST(Tokens, AreBoundToCheckoutFormAndCookie) {
  const Tokens tokens(crypto::SecretBytes::copy_of(as_bytes("secret")));
  EXPECT_TRUE(tokens.is_checkout_token("a", tokens.checkout_token("a")));
  EXPECT_FALSE(tokens.is_checkout_token("b", tokens.checkout_token("a")));
  EXPECT_FALSE(tokens.is_checkout_token("a", ""));
  EXPECT_TRUE(tokens.is_form_token("cookie", "form", tokens.form_token("cookie", "form")));
  EXPECT_FALSE(tokens.is_form_token("other", "form", tokens.form_token("cookie", "form")));
  EXPECT_FALSE(tokens.is_form_token("cookie", "other", tokens.form_token("cookie", "form")));
  EXPECT_FALSE(tokens.is_checkout_token("cookie\nform", tokens.form_token("cookie", "form")));
}

}  // namespace
}  // namespace countersign::merchant
