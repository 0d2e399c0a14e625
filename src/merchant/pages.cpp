// SPDX-License-Identifier: Apache-2.0
#include "merchant/pages.h"

#include <fmt/format.h>

#include "base/html.h"
#include "merchant/qr.h"
#include "merchant/words.h"

namespace countersign::merchant {
namespace {

std::string layout(const PageFrame& frame, std::string_view title, std::string_view content) {
  const Words& words = words_in(frame.language);
  return fmt::format(
      R"(<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · {merchant}</title>
<link rel="stylesheet" href="/gateway.css">
</head>
<body>
<a class="skip" href="#content">{skip}</a>
<header>
<a class="brand" href="/?lang={language}">{merchant}</a>
<nav aria-label="{language_label}"><a href="{path}?lang={other_code}" lang="{other_code}" hreflang="{other_code}">{other}</a></nav>
</header>
<main id="content">
{content}
</main>
<footer><p>{footer}</p></footer>
</body>
</html>
)",
      fmt::arg("language", language_code(frame.language)), fmt::arg("title", html_escape(title)),
      fmt::arg("merchant", html_escape(frame.merchant)), fmt::arg("skip", words.skip),
      fmt::arg("language_label", words.other_language_label), fmt::arg("path", html_escape(frame.path)),
      fmt::arg("other_code", words.other_language_code), fmt::arg("other", words.other_language),
      fmt::arg("content", content), fmt::arg("footer", words.footer));
}

// The list of what is wrong, each with a link to its field; read out at once by screen readers.
std::string error_summary(const FormPage& page, const Words& words) {
  std::string items;
  if (!page.trouble.empty()) items += fmt::format("<li>{}</li>\n", page.trouble);
  if (page.email_is_wrong) items += fmt::format("<li><a href=\"#email\">{}</a></li>\n", words.email_error);
  if (page.consent_is_missing)
    items += fmt::format("<li><a href=\"#consent\">{}</a></li>\n", words.consent_error);
  if (items.empty()) return "";
  return fmt::format("<div class=\"errors\" role=\"alert\">\n<h2>{}</h2>\n<ul>\n{}</ul>\n</div>\n",
                     words.errors_title, items);
}

std::string email_field(const FormPage& page, const Words& words) {
  const std::string error =
      page.email_is_wrong ? fmt::format("<p class=\"error\" id=\"email-error\">{}</p>\n", words.email_error)
                          : "";
  return fmt::format(R"(<div class="field">
<label for="email">{label}</label>
<p class="hint" id="email-hint">{hint}</p>
{error}<input id="email" name="email" type="email" autocomplete="email" inputmode="email" spellcheck="false" required maxlength="254" value="{value}" aria-describedby="email-hint{described}"{invalid}>
</div>
)",
                     fmt::arg("label", words.email_label), fmt::arg("hint", words.email_hint),
                     fmt::arg("error", error), fmt::arg("value", html_escape(page.email)),
                     fmt::arg("described", page.email_is_wrong ? " email-error" : ""),
                     fmt::arg("invalid", page.email_is_wrong ? " aria-invalid=\"true\"" : ""));
}

std::string consent_field(const FormPage& page, const Words& words) {
  const std::string error =
      page.consent_is_missing
          ? fmt::format("<p class=\"error\" id=\"consent-error\">{}</p>\n", words.consent_error)
          : "";
  return fmt::format(
      R"(<fieldset>
<legend>{legend}</legend>
<div class="consent" id="consent-text"><p>{text}</p><p class="hint">{version_label} {version}</p></div>
{error}<p class="choice"><input id="consent" name="consent" type="checkbox" value="yes" required aria-describedby="consent-text{described}"{invalid}>
<label for="consent">{label}</label></p>
</fieldset>
)",
      fmt::arg("legend", words.consent_legend), fmt::arg("text", html_escape(page.consent_text)),
      fmt::arg("version_label", words.consent_version), fmt::arg("version", kConsentTextVersion),
      fmt::arg("error", error), fmt::arg("label", words.consent_label),
      fmt::arg("described", page.consent_is_missing ? " consent-error" : ""),
      fmt::arg("invalid", page.consent_is_missing ? " aria-invalid=\"true\"" : ""));
}

// "2026-11-25 01:56 UTC", for machines as RFC 3339.
std::string readable_time(TimePoint time) {
  const std::string text = format_time(time);
  return fmt::format(R"(<time datetime="{}">{} {} UTC</time>)", text, text.substr(0, 10), text.substr(11, 5));
}

}  // namespace

std::string front_page(const PageFrame& frame, FrontPage leads_to) {
  const Words& words = words_in(frame.language);
  const auto language = language_code(frame.language);
  std::string shop;
  if (leads_to == FrontPage::kShop)
    shop = fmt::format("<li><a class=\"button\" href=\"/shop?lang={}\">{}</a><p>{}</p></li>\n", language,
                       words.front_shop, words.front_shop_hint);
  return layout(frame, frame.merchant,
                fmt::format(R"(<h1>{}</h1>
<p class="lead">{}</p>
<ul class="ways">
{}<li><a class="button" href="/register?lang={}">{}</a><p>{}</p></li>
<li><a class="button quiet" href="/renew?lang={}">{}</a><p>{}</p></li>
</ul>
<h2>{}</h2>
<p>{}</p>)",
                            html_escape(frame.merchant), words.front_lead, shop, language,
                            words.front_register, words.front_register_hint, language, words.front_renew,
                            words.front_renew_hint, words.front_how_title, words.front_how));
}

std::string form_page(const FormPage& page) {
  const Words& words = words_in(page.frame.language);
  const bool renews = page.kind == documents::ConsentKind::kRenewal;
  const std::string errors = error_summary(page, words);
  const auto heading = renews ? words.renew_title : words.register_title;
  const std::string title =
      errors.empty() ? std::string(heading) : fmt::format("{}: {}", words.error_prefix, heading);
  return layout(
      page.frame, title,
      fmt::format(R"(<h1>{heading}</h1>
{errors}<p class="lead">{lead}</p>
<form method="post" action="{path}?lang={language}" novalidate>
{email}{consent}<input type="hidden" name="textVersion" value="{version}">
<input type="hidden" name="form" value="{form}">
<input type="hidden" name="token" value="{token}">
<button type="submit">{button}</button>
</form>)",
                  fmt::arg("heading", heading), fmt::arg("errors", errors),
                  fmt::arg("lead", renews ? words.renew_lead : words.register_lead),
                  fmt::arg("path", html_escape(page.frame.path)),
                  fmt::arg("language", language_code(page.frame.language)),
                  fmt::arg("email", email_field(page, words)),
                  fmt::arg("consent", consent_field(page, words)), fmt::arg("version", kConsentTextVersion),
                  fmt::arg("form", html_escape(page.form)), fmt::arg("token", html_escape(page.token)),
                  fmt::arg("button", renews ? words.renew_button : words.register_button)));
}

Result<std::string> done_page(const PageFrame& frame, const Registration& registration) {
  const Words& words = words_in(frame.language);
  TRY(const auto qr, qr_svg(registration.link, words.qr_label));
  const std::string expiry = readable_time(registration.expires);
  return layout(frame, words.done_title,
                fmt::format(R"(<h1>{title}</h1>
<p class="lead">{lead}</p>
<ol class="steps">
<li><p>{scan}</p>
<div class="qr">{qr}</div>
<p><a class="button" id="wallet-link" href="{link}">{open}</a></p>
<details><summary>{link_label}</summary><p><code id="enrolment-link">{link}</code></p></details>
<p class="hint">{expires} {secret}</p></li>
<li><p>{mail}</p></li>
<li><p>{password}</p></li>
</ol>
<p class="hint">{lost}</p>)",
                            fmt::arg("title", words.done_title), fmt::arg("lead", words.done_lead),
                            fmt::arg("scan", words.step_scan), fmt::arg("qr", qr),
                            fmt::arg("link", html_escape(registration.link)),
                            fmt::arg("open", words.open_wallet), fmt::arg("link_label", words.link_label),
                            fmt::arg("expires", fmt::format(fmt::runtime(words.link_expires), expiry)),
                            fmt::arg("secret", words.link_secret), fmt::arg("mail", words.step_mail),
                            fmt::arg("password", words.step_password), fmt::arg("lost", words.lost)));
}

http::Response page_response(int status, std::string_view html) {
  auto response = http::html_response(status, html);
  response.headers["Content-Security-Policy"] =
      "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
      "frame-ancestors 'none'";
  // Under no-referrer a browser would send `Origin: null` with the page's own form (Fetch §3.1).
  response.headers["Referrer-Policy"] = "same-origin";
  response.headers["Cross-Origin-Opener-Policy"] = "same-origin";
  return response;
}

}  // namespace countersign::merchant
