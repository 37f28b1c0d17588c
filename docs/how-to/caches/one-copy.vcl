# /etc/varnish/default.vcl: a shop's pages, one copy for everybody.

vcl 4.1;

backend default {
    .host = "127.0.0.1";
    .port = "8000";
}

sub vcl_recv {
    if (req.method != "GET" && req.method != "HEAD") {
        return (pass);
    }
    if (req.http.Authorization) {
        return (pass);
    }
    # Scripts of workers, which the shop looks into.
    if (req.http.Service-Worker || req.http.Sec-Fetch-Dest ~ "worker$") {
        return (pass);
    }
    # By itself, Varnish caches nothing for who sends cookies. The shop gets them all,
    # and says with each answer whether it is for everybody.
    return (hash);
}

sub vcl_backend_response {
    # Only what the shop says may be kept, and for as long as it says.
    if (beresp.http.Cache-Control ~ "(?i)private|no-store|no-cache"
        || beresp.http.Cache-Control !~ "(?i)(s-maxage|max-age) *= *[1-9]"
        || beresp.http.Set-Cookie) {
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
