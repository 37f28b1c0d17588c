"""Vendors' snippets in the forms that shops paste, some of them by parts."""

from __future__ import annotations

from typing import Final

from tests.leaks.case import Case, harmless, live


def _queue(name: str, source: str, mark: str = "") -> str:
    """Get an inline loader that makes a queue first, as most vendors' do."""
    return (
        f"<script>(function(w,d,n){{{mark}w[n]=w[n]||function(){{(w[n].q=w[n].q||[])"
        ".push(arguments)};var e=d.createElement('script');e.async=1;"
        f"e.src={source};var f=d.getElementsByTagName('script')[0];"
        f"f.parentNode.insertBefore(e,f)}})(window,document,'{name}');</script>"
    )


CASES: Final[tuple[Case, ...]] = (
    live(
        "Google's tag",
        "<script async src='https://www.googletagmanager.com/gtag/js?id=G-@@'></script><script>window.dataLayer=window.dataLayer||[];function gtag(){dataLayer.push(arguments)}gtag('js',new Date())</script>",
    ),
    live(
        "Google Tag Manager",
        "<script>(function(w,d,s,l,i){w[l]=w[l]||[];w[l].push({'gtm.start':new Date().getTime(),event:'gtm.js'});var f=d.getElementsByTagName(s)[0],j=d.createElement(s);j.async=true;j.src='https://www.googletagmanager.com/gtm.js?id='+i;f.parentNode.insertBefore(j,f)})(window,document,'script','dataLayer','GTM-@@');</script>",
    ),
    live(
        "Google Tag Manager without scripts",
        "<noscript><iframe src='https://www.googletagmanager.com/ns.html?id=GTM-@@' height=0 width=0 style=display:none;visibility:hidden></iframe></noscript>",
        scripting=False,
    ),
    live(
        "Universal Analytics",
        _queue(
            "ga",
            "'https://www.google-analytics.com/analytics.js?@@'",
            "w.GoogleAnalyticsObject=n;",
        ),
    ),
    live(
        "classic Analytics",
        "<script>var _gaq=_gaq||[];(function(){var g=document.createElement('script');g.src=('https:'==document.location.protocol?'https://ssl':'http://www')+'.google-analytics.com/ga.js?@@';document.head.appendChild(g)})();</script>",
    ),
    live(
        "Meta's pixel",
        "<script>!function(f,b,e,v,n,t,s){if(f.fbq)return;n=f.fbq=function(){n.queue.push(arguments)};if(!f._fbq)f._fbq=n;n.queue=[];t=b.createElement(e);t.async=!0;t.src=v;s=b.getElementsByTagName(e)[0];s.parentNode.insertBefore(t,s)}(window,document,'script','https://connect.facebook.net/en_US/fbevents.js?@@');fbq('init','1');</script>",
    ),
    live(
        "Meta's pixel without scripts",
        "<noscript><img height=1 width=1 style=display:none src='https://www.facebook.com/tr?id=@@&ev=PageView&noscript=1'/></noscript>",
        scripting=False,
    ),
    live(
        "TikTok's pixel",
        "<script>!function(w,d,t){w.TiktokAnalyticsObject=t;var q=w[t]=w[t]||[];q.load=function(e){var r='https://analytics.tiktok.com/i18n/pixel/events.js',n=d.createElement('script');n.async=!0;n.src=r+'?sdkid='+e;d.head.appendChild(n)};q.load('@@')}(window,document,'ttq');</script>",
    ),
    live(
        "Hotjar",
        "<script>(function(h,o,t,j,a,r){h._hjSettings={hjid:'@@',hjsv:6};a=o.getElementsByTagName('head')[0];r=o.createElement('script');r.src=t+h._hjSettings.hjid+j+h._hjSettings.hjsv;a.appendChild(r)})(window,document,'https://static.hotjar.com/c/hotjar-','.js?sv=');</script>",
    ),
    live(
        "Clarity",
        "<script>(function(c,l,a,r,i,t,y){c[a]=c[a]||function(){(c[a].q=c[a].q||[]).push(arguments)};t=l.createElement(r);t.async=1;t.src='https://www.clarity.ms/tag/'+i;y=l.getElementsByTagName(r)[0];y.parentNode.insertBefore(t,y)})(window,document,'clarity','script','@@');</script>",
    ),
    live(
        "Pinterest's tag",
        "<script>!function(e){if(!window.pintrk){window.pintrk=function(){window.pintrk.queue.push(arguments)};window.pintrk.queue=[];var t=document.createElement('script');t.async=!0;t.src=e;document.head.append(t)}}('https://s.pinimg.com/ct/core.js?@@');</script>",
    ),
    live(
        "Pinterest's tag without scripts",
        "<noscript><img height=1 width=1 src='https://ct.pinterest.com/v3/?tid=@@&noscript=1'></noscript>",
        scripting=False,
    ),
    live(
        "Microsoft's UET",
        "<script>(function(w,d,t,r,u){var n;w[u]=w[u]||[];n=d.createElement(t);n.src=r;n.async=1;d.head.append(n)})(window,document,'script','//bat.bing.com/bat.js?@@','uetq');</script>",
    ),
    live(
        "Snap's pixel",
        "<script>(function(e,t,n){e.snaptr=e.snaptr||function(){};var r=t.createElement('script');r.async=!0;r.src=n;t.head.append(r)})(window,document,'https://sc-static.net/scevent.min.js?@@');</script>",
    ),
    live(
        "LinkedIn's tag",
        "<script>_linkedin_partner_id='1';(function(){var b=document.createElement('script');b.async=true;b.src='https://snap.licdn.com/li.lms-analytics/insight.min.js?@@';document.head.append(b)})();</script>",
    ),
    live(
        "Reddit's pixel",
        "<script>!function(w,d){if(!w.rdt){var p=w.rdt=function(){p.callQueue.push(arguments)};p.callQueue=[];var t=d.createElement('script');t.src='https://www.redditstatic.com/ads/pixel.js?@@';t.async=!0;d.head.append(t)}}(window,document);</script>",
    ),
    live(
        "X's pixel",
        "<script>!function(e,t,n,s,u,a){e.twq||(s=e.twq=function(){s.queue.push(arguments)},s.queue=[],u=t.createElement(n),u.async=!0,u.src='https://static.ads-twitter.com/uwt.js?@@',a=t.getElementsByTagName(n)[0],a.parentNode.insertBefore(u,a))}(window,document,'script');</script>",
    ),
    live(
        "Criteo",
        "<script async src='//dynamic.criteo.com/js/ld/ld.js?a=@@'></script><script>window.criteo_q=window.criteo_q||[];</script>",
    ),
    live(
        "Klaviyo",
        "<script async src='https://static.klaviyo.com/onsite/js/klaviyo.js?company_id=@@'></script><script>window._learnq=window._learnq||[];</script>",
    ),
    live(
        "Mailchimp",
        "<script id=mcjs>!function(c,h,i,m,p){m=c.createElement(h),p=c.getElementsByTagName(h)[0],m.async=1,m.src=i,p.parentNode.insertBefore(m,p)}(document,'script','https://chimpstatic.com/mcjs-connected/js/users/@@.js');</script>",
    ),
    live(
        "Matomo of the cloud",
        "<script>var _paq=window._paq=window._paq||[];(function(){var u='https://@@.matomo.cloud/';_paq.push(['setTrackerUrl',u+'matomo.php']);var g=document.createElement('script');g.async=true;g.src=u+'matomo.js';document.head.append(g)})();</script>",
    ),
    live(
        "Segment",
        "<script>!function(){var a=window.analytics=window.analytics||[];a.load=function(k){var t=document.createElement('script');t.async=!0;t.src='https://cdn.segment.com/analytics.js/v1/'+k+'/analytics.min.js';document.head.append(t)};a.load('@@')}();</script>",
    ),
    live(
        "Mixpanel",
        "<script>(function(f,b){if(!b.__SV){var e=f.createElement('script');e.async=!0;e.src='https://cdn.mxpnl.com/libs/mixpanel-2-latest.min.js?@@';f.head.append(e)}})(document,window.mixpanel||[]);</script>",
    ),
    live(
        "Shopify's list of apps",
        "<script>(function(){function asyncLoad(){var urls=['https:\\/\\/static.klaviyo.com\\/onsite\\/js\\/klaviyo.js?company_id=@@'];for(var i=0;i<urls.length;i++){var s=document.createElement('script');s.src=urls[i];document.head.append(s)}}asyncLoad()})();</script>",
    ),
    live(
        "a video of YouTube",
        "<iframe width=560 height=315 src='https://www.youtube.com/embed/@@' allowfullscreen></iframe>",
    ),
    live(
        "a video without cookies",
        "<iframe src='https://www.youtube-nocookie.com/embed/@@'></iframe>",
    ),
    live(
        "the player's interface",
        "<script>var t=document.createElement('script');t.src='https://www.youtube.com/iframe_api?@@';document.head.append(t)</script>",
    ),
    live(
        "a video of Vimeo",
        "<iframe src='https://player.vimeo.com/video/1?@@'></iframe>",
    ),
    live("a map", "<iframe src='https://www.google.com/maps/embed?pb=@@'></iframe>"),
    live(
        "a post of Instagram",
        "<blockquote class=instagram-media><a href=https://www.instagram.com/p/a/>a</a></blockquote><script async src='//www.instagram.com/embed.js?@@'></script>",
    ),
    live(
        "a page of Facebook",
        "<iframe src='https://www.facebook.com/plugins/page.php?href=@@'></iframe>",
    ),
    live(
        "Awin's pixel",
        "<img src='https://www.awin1.com/sread.img?tt=ns&merchant=@@' width=0 height=0>",
    ),
    live(
        "HubSpot",
        "<script id=hs-script-loader async defer src='//js.hs-scripts.com/1.js?@@'></script>",
    ),
    live(
        "Plausible",
        "<script defer data-domain=shop.example src='https://plausible.io/js/script.js?@@'></script>",
    ),
    live(
        "Cloudflare's beacon",
        "<script defer src='https://static.cloudflareinsights.com/beacon.min.js?@@' data-cf-beacon='{\"token\":\"a\"}'></script>",
    ),
    harmless(
        "the stub of a queue",
        "<script>window.dataLayer=window.dataLayer||[];function gtag(){dataLayer.push(arguments)}/*@@*/</script>",
    ),
    harmless(
        "calls of a tag",
        "<script>window.fbq&&fbq('track','AddToCart',{id:'@@'});window.ga&&ga('send','pageview')</script>",
    ),
    harmless(
        "a link to a channel",
        "<a href=https://www.youtube.com/@shop-@@><img src=/own.png alt=YouTube></a>",
    ),
    harmless(
        "a block of share links",
        "<ul><li><a href='https://www.facebook.com/sharer/sharer.php?u=@@'>Share</a><li><a href='https://www.pinterest.com/pin/create/button/?@@'>Pin</a></ul>",
    ),
)
