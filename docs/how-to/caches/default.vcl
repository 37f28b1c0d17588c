# /etc/varnish/default.vcl: a shop's pages, cached by what visitors chose.

vcl 4.1;

backend default {
    .host = "127.0.0.1";
    .port = "8000";
}

sub vcl_recv {
    # From the cookie alone: what visitors send under this name doesn't count.
    unset req.http.Consent-Variant;
    if (req.http.Cookie ~ "(^|; *)consent_variant=[A-Za-z0-9_-]{16}(;|$)") {
        set req.http.Consent-Variant = regsub(req.http.Cookie,
            "^(.*; *)?consent_variant=([A-Za-z0-9_-]{16})(;.*)?$", "\2");
    }

    # Global Privacy Control, as the shop reads it.
    if (req.http.Sec-GPC ~ "(^|,)[ \t]*1[ \t]*(,|$)") {
        set req.http.Sec-GPC = "1";
    } else {
        unset req.http.Sec-GPC;
    }

    if (req.method != "GET" && req.method != "HEAD") {
        return (pass);
    }
    if (req.http.Authorization) {
        return (pass);
    }
    # For the shop alone: a choice whose token is missing, a page that has still to
    # empty storage after a withdrawal, and one that shows something once.
    if (req.http.Cookie ~ "(^|; *)(__Host-)?consent=" && !req.http.Consent-Variant) {
        return (pass);
    }
    if (req.http.Cookie ~ "(^|; *)consent_(sweep|once)=") {
        return (pass);
    }
    # And scripts of workers, which the shop looks into.
    if (req.http.Service-Worker || req.http.Sec-Fetch-Dest ~ "worker$") {
        return (pass);
    }
    # By itself, Varnish caches nothing for who sends cookies. The shop gets them all,
    # and says with each answer who else may see it.
    return (hash);
}

sub vcl_backend_response {
    # Only what the shop says may be kept, and for as long as it says.
    if (beresp.http.Cache-Control !~ "(?i)(s-maxage|max-age) *= *[1-9]") {
        set beresp.ttl = 120s;
        set beresp.uncacheable = true;
        return (deliver);
    }
}

sub vcl_deliver {
    if (obj.hits > 0) {
        set resp.http.X-Cache = "HIT";
    } else {
        set resp.http.X-Cache = "MISS";
    }
}
