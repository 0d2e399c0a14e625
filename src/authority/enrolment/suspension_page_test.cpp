// SPDX-License-Identifier: Apache-2.0
#include "authority/enrolment/suspension_page.h"

#include <gtest/gtest.h>

#include "authority/enrolment/enrolment_fixture.h"
#include "authority/enrolment/enrolment_routes.h"
#include "authority/enrolment/page_frame.h"
#include "http/target.h"

namespace countersign::authority {
namespace {

class SuspensionPageTest : public EnrolmentTest {
 protected:
  SuspensionPageTest() {
    routes.register_routes(router);
    auto [wallet, code] = enrol(consent_of());
    serial = wallet.signing.certificate.serial();
    agreement = wallet.agreement.certificate.serial();
    suspension_code = std::move(code);
  }
  http::Response ask(http::Request request) {
    request.path = "/suspension";
    request.remote_address = "192.0.2.1";
    return router.match(request, false).route->blocking(request);
  }
  http::Response send(const std::string& typed_serial, const std::string& code) {
    http::Request request;
    request.method = "POST";
    request.headers["Content-Type"] = "application/x-www-form-urlencoded";
    request.body =
        to_bytes("serial=" + http::encode_component(typed_serial) + "&code=" + http::encode_component(code));
    return ask(std::move(request));
  }
  bool is_suspended() {
    return authority.state_of(*serial) == CertificateState::kOnHold &&
           authority.state_of(*agreement) == CertificateState::kOnHold;
  }

  EnrolmentRoutes routes{*authority.context, *enrolments, suspensions};
  http::Router router;
  std::optional<x509::SerialNumber> serial, agreement;
  std::string suspension_code;
};

bool shows(const http::Response& response, std::string_view text) {
  return as_text(response.body).find(text) != std::string_view::npos;
}

TEST_F(SuspensionPageTest, ShowsAFormAndActsOnNothing) {
  const auto page = ask({});
  EXPECT_EQ(page.status, 200);
  EXPECT_TRUE(shows(page, "<html lang=\"en\">"));
  EXPECT_TRUE(shows(page, "<label for=\"serial\">"));
  EXPECT_TRUE(shows(page, "<label for=\"code\">"));
  EXPECT_FALSE(shows(page, "<script"));
  EXPECT_FALSE(shows(page, "role=\"alert\""));
  EXPECT_FALSE(is_suspended());
}

TEST_F(SuspensionPageTest, BringsItsOwnStylesheetAndAdmitsNoOther) {
  http::Request request;
  request.method = "GET";
  const auto page = ask(request);
  EXPECT_NE(to_text(page.body).find("href=\"" + std::string(kStylesheetPath) + "\""), std::string::npos);
  EXPECT_NE(page.headers.at("Content-Security-Policy").find("style-src 'self';"), std::string::npos);
  request.path = kStylesheetPath;
  const auto style = router.match(request, false).route->blocking(request);
  EXPECT_EQ(style.headers.at("Content-Type"), "text/css; charset=utf-8");
  EXPECT_EQ(to_text(style.body), page_stylesheet());
}

TEST_F(SuspensionPageTest, SpeaksKoreanToWhomeverPrefersIt) {
  http::Request request;
  request.headers["Accept-Language"] = "ko-KR,ko;q=0.9";
  EXPECT_TRUE(shows(ask(request), "<html lang=\"ko\">"));
  EXPECT_TRUE(shows(ask(std::move(request)), "정지 코드"));
}

TEST_F(SuspensionPageTest, SuspendsBothCertificatesByTheCode) {
  const auto page = send(serial->hex(), suspension_code);
  EXPECT_EQ(page.status, 200);
  EXPECT_TRUE(shows(page, "role=\"status\""));
  EXPECT_TRUE(is_suspended());
}

TEST_F(SuspensionPageTest, TakesSerialAndCodeAsPeopleCopyThem) {
  std::string capitals = " ";
  for (const char c : serial->hex())
    capitals += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  std::string small;
  for (const char c : suspension_code)
    small += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  EXPECT_EQ(send(capitals, small).status, 200);
  EXPECT_TRUE(is_suspended());
}

TEST_F(SuspensionPageTest, SaysThatTheCodeIsWrongAndKeepsTheSerial) {
  const auto page = send(serial->hex(), "AAAA-BBBB-CCCC-<DDDD>");
  EXPECT_EQ(page.status, 404);
  EXPECT_TRUE(shows(page, "role=\"alert\""));
  EXPECT_TRUE(shows(page, "aria-invalid=\"true\""));
  EXPECT_TRUE(shows(page, "value=\"" + serial->hex() + "\""));
  EXPECT_FALSE(shows(page, "DDDD")) << "a code is never shown again";
  EXPECT_FALSE(is_suspended());
}

TEST_F(SuspensionPageTest, RefusesWhatIsNoSerialAndEscapesIt) {
  const auto page = send("\"><b>", suspension_code);
  EXPECT_EQ(page.status, 400);
  EXPECT_FALSE(shows(page, "<b>"));
  EXPECT_EQ(send("", "").status, 400);
}

TEST_F(SuspensionPageTest, RefusesAnotherMediaTypeThanAForm) {
  http::Request request;
  request.method = "POST";
  request.headers["Content-Type"] = "application/json";
  EXPECT_EQ(ask(std::move(request)).status, http::status_of(ErrorCode::kUnsupported));
}

TEST_F(SuspensionPageTest, LimitsWrongCodesButNeverTheRightOne) {
  for (int i = 0; i < 30; ++i) send(serial->hex(), "wrong");
  EXPECT_EQ(send(serial->hex(), "wrong").status, 429);
  EXPECT_EQ(send(serial->hex(), suspension_code).status, 200);
  EXPECT_TRUE(is_suspended());
}

TEST_F(SuspensionPageTest, SaysWhenEverythingIsRevokedAlready) {
  authority.change_state(*serial, CertificateState::kRevoked);
  authority.change_state(*agreement, CertificateState::kRevoked);
  EXPECT_TRUE(shows(send(serial->hex(), suspension_code), "revoked already"));
}

TEST_F(SuspensionPageTest, IsLinkedInTheMailAboutTheIssue) {
  authority.deliver_mails();
  EXPECT_NE(authority.mailbox.newest_text("kim@example.kr").find("https://127.0.0.1:9443/suspension"),
            std::string::npos);
}

}  // namespace
}  // namespace countersign::authority
